"""A table of which a part is lost is never taken for a shorter one."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from safetensors.numpy import save_file

from ultimetric.costs import Cost, read_costs, write_costs
from ultimetric.errors import UserError
from ultimetric.failures.table import Failure, read_failures, write_failures
from ultimetric.faults.table import Trial, read_trials, write_trials
from ultimetric.metrics.base import Row, read_rows, write_rows
from ultimetric.snake.notes import check_whole, record_of

ROWS = [Row("eplus", f"a, {i}\nof two\u2028lines", "dnn", "", "auc", 0.5 + i) for i in range(3)]
FAILURES = [Failure("eplus", "a", i, "E_0", "w > 2", "1", "1", "0.1", "One.") for i in (1, 2)]
COSTS = [Cost("a", "train", "time", 1.0, None, "s", "cpu", None, 1, "e⁺")]
TRIALS = [Trial(i, 0.5, 0.6, "E_0", "", 1, 1) for i in range(3)]
KINDS = {
    "rows": (write_rows, read_rows, ROWS),
    "failures": (write_failures, read_failures, FAILURES),
    "costs": (write_costs, read_costs, COSTS),
    "trials": (write_trials, read_trials, TRIALS),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_table_is_refused_wherever_it_is_cut(kind: str, tmp_path: Path, monkeypatch) -> None:
    write, read, rows = KINDS[kind]
    monkeypatch.chdir(tmp_path)
    path = Path("table.csv")
    write(path, [])
    assert read(path) == []
    write(path, rows)
    assert len(read(path)) == len(rows)
    content = path.read_bytes()
    record = Path(".snakemake", "metadata", record_of(path))
    record.parent.mkdir(parents=True)
    for known, rule in (("{", "it is made anew"), ('{"rule": "find"}', "rule find makes it anew")):
        record.write_text(known)
        for size in range(len(content)):
            path.write_bytes(content[:size])
            with pytest.raises(UserError, match=rf"^table.csv is damaged, .*, then {rule}$"):
                read(path)
    lines = content.splitlines(keepends=True)
    for lost in range(len(lines)):
        path.write_bytes(b"".join(lines[:lost] + lines[lost + 1 :]))
        with pytest.raises(UserError, match="damaged"):
            read(path)


def test_published_tables_are_plain(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    write_rows(path, ROWS[:0], published=True)
    assert path.read_text().count("\n") == 1
    write_rows(path, ROWS, published=True)
    assert read_rows(path, published=True) == ROWS
    with pytest.raises(UserError, match="its end is missing"):
        read_rows(path)
    for content in (b"", path.read_bytes()[:-5]):
        path.write_bytes(content)
        with pytest.raises(UserError, match="damaged"):
            read_rows(path, published=True)


def write_hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["w"] = range(5000)


def write_model(path: Path) -> None:
    save_file({"a": np.ones((3, 4)), "b": np.ones(5)}, path, {"name": "mine"})


@pytest.mark.parametrize(
    ("name", "write"), [("weights.hdf5", write_hdf5), ("model.safetensors", write_model)]
)
def test_a_cut_file_is_refused(name: str, write, tmp_path: Path) -> None:
    path = tmp_path / name
    write(path)
    check_whole(path)
    content = path.read_bytes()
    for size in (0, 10, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:size])
        with pytest.raises(UserError, match=f"{name} is damaged, "):
            check_whole(path)
