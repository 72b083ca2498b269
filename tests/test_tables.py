"""A table of which a part is lost is never taken for a shorter one."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from pandas.testing import assert_frame_equal
from safetensors.numpy import save_file

from ultimetric.analyses.numbers import COLUMNS, number_table, write_numbers
from ultimetric.costs import COSTS, read_costs, write_costs
from ultimetric.errors import UserError
from ultimetric.findings.table import FINDINGS, read_findings, write_findings
from ultimetric.history import COLUMNS as HISTORY
from ultimetric.history import read_history, write_history
from ultimetric.snake.notes import check_whole, record_of
from ultimetric.tables import NUMBER, TEXT, WHOLE, frame_of, joined, read_table

ROWS = number_table(
    {
        "dataset": "eplus",
        "sample": f"a, {i}\nof two\u2028lines",
        "method": "dnn",
        "metric": "auc",
        "value": 0.5 + i,
    }
    for i in range(3)
)
FOUND = frame_of(
    (
        {
            "dataset": "eplus",
            "sample": "a",
            "rank": i,
            "observable": "E_0",
            "tail": "w > 2",
            "fraction": 0.5,
            "pvalue": 0.1,
            "sentence": "One.",
        }
        for i in (1, 2)
    ),
    FINDINGS,
)
COST = {"sample": "a", "stage": "train", "quantity": "time", "value": 1.5, "unit": "s"}
MADE = frame_of([{**COST, "device": "cpu", "threads": 1, "note": "e⁺"}], COSTS)
EPOCHS = frame_of([{"network": "flow", "epoch": i, "train": 0.1 * i} for i in (1, 2)], HISTORY)
KINDS = {
    "rows": (write_numbers, lambda path: read_table(path, COLUMNS), ROWS),
    "findings": (write_findings, read_findings, FOUND),
    "costs": (write_costs, read_costs, MADE),
    "history": (lambda path, x: write_history(path, x.to_dict("records")), read_history, EPOCHS),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_table_is_refused_wherever_it_is_cut(kind: str, tmp_path: Path, monkeypatch) -> None:
    write, read, rows = KINDS[kind]
    monkeypatch.chdir(tmp_path)
    path = Path("table.csv")
    write(path, rows[:0])
    assert read(path).empty
    write(path, rows)
    assert_frame_equal(read(path), rows)
    content = path.read_bytes()
    record = Path(".snakemake", "metadata", record_of(path))
    record.parent.mkdir(parents=True)
    for known, rule in (
        ("{", "it is made anew"),
        ('{"rule": "train"}', "rule train makes it anew"),
    ):
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
    write_numbers(path, ROWS[:0], published=True)
    assert path.read_text().count("\n") == 1
    write_numbers(path, ROWS, published=True)
    assert_frame_equal(read_table(path, COLUMNS, published=True), ROWS)
    with pytest.raises(UserError, match="its end is missing"):
        read_table(path, COLUMNS)
    for content in (b"", path.read_bytes()[:-5]):
        path.write_bytes(content)
        with pytest.raises(UserError, match="damaged"):
            read_table(path, COLUMNS, published=True)


def test_findings_are_sorted_by_number(tmp_path: Path) -> None:
    ranks = [2, 10, 1, 9]
    table = joined((FOUND[:1].assign(rank=rank) for rank in ranks), FINDINGS)
    write_findings(tmp_path / "table.csv", table.astype({"rank": WHOLE}))
    assert list(read_findings(tmp_path / "table.csv")["rank"]) == sorted(ranks)


def test_whole_costs_keep_all_their_digits(tmp_path: Path) -> None:
    values = [123456789.0, 0.123456789]
    write_costs(tmp_path / "table.csv", frame_of([{**COST, "value": x} for x in values], COSTS))
    assert list(read_costs(tmp_path / "table.csv")["value"]) == [123456789, 0.123457]


def test_a_record_has_no_other_columns() -> None:
    columns = {"a": TEXT, "b": NUMBER, "c": WHOLE}
    table = frame_of([{"a": "x"}, {"b": 1, "c": 2}], columns)
    assert table["a"].tolist() == ["x", ""]
    assert table.isna().sum().tolist() == [0, 1, 1]
    with pytest.raises(KeyError, match="d"):
        frame_of([{"d": 1}], columns)
    with pytest.raises((TypeError, ValueError)):
        frame_of([{"b": "one"}], columns)


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
