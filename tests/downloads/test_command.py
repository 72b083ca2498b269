"""Published truths from the command line, and in Python."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml
from web import Site

import ultimetric
from ultimetric.downloads import transfer
from ultimetric.downloads.__main__ import main
from ultimetric.downloads.places import CACHE, MIRROR
from ultimetric.downloads.published import known_sets

CONTENT = b"numbers"


@pytest.fixture
def mine(tmp_path: Path, monkeypatch) -> str:
    """The description of a truth in two files, which a server has."""
    record = {
        "title": "Mine",
        "address": "https://host/{file}",
        "sets": {
            "mine": {
                "about": "numbers",
                "generator": [{"file": "a.txt", "bytes": len(CONTENT)}],
                "held_out": [{"file": "b.txt", "bytes": len(CONTENT)}],
            }
        },
    }
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(record))
    monkeypatch.setattr(transfer.transfer, "__defaults__", ((),))
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    return str(path)


def run(monkeypatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["ultimetric.downloads", *arguments])
    main()


def test_files_are_downloaded_and_told(mine: str, monkeypatch, capsys) -> None:
    with Site(**{"a.txt": CONTENT, "b.txt": CONTENT}) as site:
        monkeypatch.setenv(MIRROR, site.address)
        run(monkeypatch, mine)
        lines = [line.split(" ") for line in capsys.readouterr().out.splitlines()]
        assert [(name, part) for name, part, _ in lines] == [
            ("mine", "held_out"),
            ("mine", "generator"),
        ]
        assert [Path(path).read_bytes() for *_, path in lines] == [CONTENT, CONTENT]
        assert len(site.requests) == 2
        found = ultimetric.published(mine)
        assert {part: list(map(str, x)) for part, x in found.items()} == {
            part: [path] for _, part, path in lines
        }
        assert len(site.requests) == 2


def test_what_cannot_be_had_is_told(mine: str, monkeypatch) -> None:
    monkeypatch.setenv(MIRROR, "http://127.0.0.1:1")
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, mine)
    assert "b.txt cannot be downloaded" in str(ended.value)
    with pytest.raises(SystemExit, match="did you mean 'jetnet-top'"):
        run(monkeypatch, "jetnet-tpo")


def test_without_a_name_all_are_listed(mine: str, monkeypatch, capsys) -> None:
    run(monkeypatch)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [[name, "-"] for name in known_sets()]
