"""The table of numbers as a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from ultimetric.analyses.numbers import (
    COLUMNS,
    Number,
    Where,
    number_table,
    with_note,
    write_numbers,
)
from ultimetric.tables import read_table

HEADER = (
    "dataset,sample,method,inputs,metric,observable,bin,other,value,error,error_test,error_train,"
    "n_train,n_test,repeats,note\n"
)
FLOW = {"dataset": "eplus", "sample": "flow", "method": "dnn"}


def test_bytes_by_hand(tmp_path: Path) -> None:
    rows = [
        {
            **FLOW,
            "inputs": "energies",
            "metric": "auc",
            "value": 1 / 3,
            "n_train": 1234567,
            "repeats": 5,
        },
        {**FLOW, "metric": "local_auc", "observable": "E_inc", "bin": "1-20", "note": "a, b"},
        {**FLOW, "sample": "copy", "metric": "s", "value": np.float64(1e-9), "error": 0.5},
        {**FLOW, "metric": "delta_auc", "other": "copy", "value": None},
    ]
    write_numbers(tmp_path / "rows.csv", number_table(rows), published=True)
    assert (tmp_path / "rows.csv").read_bytes().decode() == HEADER + (
        "eplus,copy,dnn,,s,,,,1e-09,0.5,,,,,,\n"
        "eplus,flow,dnn,,delta_auc,,,copy,,,,,,,,\n"
        'eplus,flow,dnn,,local_auc,E_inc,1-20,,,,,,,,,"a, b"\n'
        "eplus,flow,dnn,energies,auc,,,,0.333333,,,,1234567,,5,\n"
    )


def test_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    rows = [{**FLOW, "metric": f"m{k}", "value": k / 7} for k in range(20)]
    write_numbers(tmp_path / "a.csv", number_table(rows))
    write_numbers(tmp_path / "b.csv", number_table(rows[::-1]))
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_round_trip(tmp_path: Path) -> None:
    number = Number(0.75, 0.006, 0.008, n_test=20, note="few")
    rows = [
        number.row(Where(*FLOW.values(), "energies"), "auc", n_train=10, repeats=3),
        {**FLOW, "sample": "none", "metric": "auc", "value": None, "note": "refused, no overlap"},
    ]
    for name, table in (("rows", number_table(rows)), ("none", number_table([]))):
        write_numbers(tmp_path / name, table)
        assert_frame_equal(read_table(tmp_path / name, COLUMNS), table)


def test_a_number_as_a_row() -> None:
    where = Where("eplus", "flow", "dnn", "energies")
    row = Number(1, 0.3, 0.4, note="a").row(where, ("w1", "E_0", "1-20"), "b", n_test=7, other="x")
    (line,) = number_table([row]).itertuples(index=False)
    assert tuple(line)[:8] == ("eplus", "flow", "dnn", "energies", "w1", "E_0", "1-20", "x")
    assert (line.error, line.n_test, line.note) == (pytest.approx(0.5), 7, "a; b")
    assert Number(1, n_test=3).row(where, "auc", n_test=7)["n_test"] == 3
    assert np.isnan(Number(1).error)


def test_notes_are_added() -> None:
    table = number_table({**FLOW, "metric": "m", "note": note} for note in ("", "old"))
    assert with_note(table, "new")["note"].tolist() == ["new", "old; new"]
    assert with_note(table, ["", "x"])["note"].tolist() == ["", "old; x"]
    assert with_note(table, "")["note"].tolist() == ["", "old"]
