"""What is kept on how results were made, and what is said of it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from snakemake.persistence import MetadataRecord
from snakemake.persistence.file import FilePersistence

from ultimetric.kept import keep, read_object
from ultimetric.snake.differences import of_settings
from ultimetric.snake.records import Records


def test_a_text_is_kept_and_mended(tmp_path: Path) -> None:
    path = tmp_path / "code" / "a.json"
    assert read_object(path) is None
    for damage in ("", "{", "7"):
        keep('{"a": 1}', path)
        assert read_object(path) == {"a": 1}
        path.write_text(damage)
        assert read_object(path) == {}
    keep("{}", path / "below")  # where nothing can be written


def test_results_without_a_record_are_found(tmp_path: Path) -> None:
    """A long path, whose record Snakemake cuts into folders, among them."""
    results, long = Path("results") / "s", "x" * 150
    for name in ("a.csv", f"{long}/{long}.csv", "mine.txt", "logs/a.csv", ".shards/a.csv"):
        path = tmp_path / results / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    tables: Any = SimpleNamespace(match=lambda path: path.endswith(".csv"))
    records = Records(Path(".snakemake"), [tables])
    with contextlib.chdir(tmp_path):
        names = [results / "a.csv", results / long / f"{long}.csv"]
        assert sorted(records.lost(results)) == names
        for path in names:
            snakemake = FilePersistence(path=Path(".snakemake"))
            snakemake._write_record(str(path), MetadataRecord())
        assert records.lost(results) == []


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ({"a": 1, "b": {"c": 2}}, {"b": {"c": 2}, "a": 1}, []),
        ({"a": {"b": 1}}, {"a": {"b": 1.0}}, ["a.b: 1 -> 1.0"]),
        ({"a": True}, {"a": 1}, ["a: True -> 1"]),
        ({"a": 1}, {"b": 1}, ["a: 1 -> (not there)", "b: (not there) -> 1"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["a: [1, 2] -> [2, 1]"]),
        (
            {"p": [{"plugin": "x.noise", "width": 1}, {"plugin": "my/logit.py"}]},
            {"p": [{"plugin": "x.noise", "width": 2}, {"plugin": "my/logit.py"}]},
            ["p.noise.width: 1 -> 2"],
        ),
        (
            {"p": [{"plugin": "x.noise"}, {"plugin": "my/logit.py"}]},
            {"p": [{"plugin": "my/logit.py"}, {"plugin": "x.noise"}]},
            ["p: noise, logit -> logit, noise"],
        ),
        ({"a": "x" * 90}, {"a": "y"}, [f"a: {'x' * 57}... -> y"]),
    ],
)
def test_differences_of_settings_in_words(old: dict, new: dict, sentences: list[str]) -> None:
    assert of_settings(old, new) == sentences
