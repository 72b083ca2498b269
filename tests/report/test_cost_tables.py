"""The tables of costs in the report."""

from __future__ import annotations

from typing import Any

from plain import everything

from ultimetric.costs import cost_table
from ultimetric.report.costs import GENERATORS, TIMES, cost_tables
from ultimetric.report.tables import Names, Table

LABELS = {"eplus": "e⁺"}
NAMES = Names(
    lambda name: LABELS.get(name, name), {"eplus": ["yours", "inn"]}, {"truth": "baseline"}, {}
)
TIME = {"quantity": "time_per_shower", "unit": "ms", "sample": "inn", "device": "cpu"}


def rows(*costs: dict[str, Any]) -> Any:
    return cost_table({"note": "dataset eplus; on a Xeon", "sample": "inn"} | x for x in costs)


def lines(table: Table) -> dict[str, list[str]]:
    return {x.label: [cell.text for cells in x.cells for cell in cells] for x in table.lines}


def test_size_and_training() -> None:
    trained = {"stage": "train", "device": "cpu", "threads": 2}
    found = cost_tables(
        rows(
            trained | {"quantity": "parameters", "value": 1_234_567},
            trained | {"quantity": "training_time", "value": 81.5, "unit": "s"},
            trained | {"quantity": "parameters", "value": 0, "sample": "truth"},
            TIME | {"stage": "sample", "value": 0.25, "batch": 300},
            {"quantity": "peak_memory", "stage": "whole_way", "value": 9, "unit": "MiB"},
            {"quantity": "parameters", "sample": "yours", "value": 5},
        ),
        NAMES,
        everything,
    )
    assert list(found) == [GENERATORS]
    (table,) = found[GENERATORS]
    assert table.name == "e⁺"
    assert table.columns == ["parameters", "training (s)", "sampling (ms per shower)"]
    # The order of the config; the baseline has no line.
    assert list(lines(table).items()) == [
        ("yours", ["5", "–", "–"]),
        ("inn", ["1,234,567", "81.5", "0.25"]),
    ]
    assert table.lines[1].cells[0][0].hint == "on a Xeon; threads: 2"


def test_times_by_way_device_and_batch() -> None:
    measured = TIME | {"stage": "generate", "threads": 1}
    found = cost_tables(
        rows(
            measured | {"batch": 1, "value": 12.34, "error": 0.56},
            measured | {"batch": 128, "value": 2.0, "error": 0.1},
            measured | {"batch": 10000, "note": "dataset eplus; not measured: too long"},
            measured | {"stage": "whole_way", "batch": 100, "value": 7.1, "error": 0.2},
            TIME | {"sample": "yours", "device": "cuda", "batch": 100, "value": 0.5},
            TIME | {"sample": "Geant4", "stage": "simulate", "value": 1772},
            measured | {"quantity": "time_per_shower_at_10_GeV", "batch": 100, "value": 3.0},
        ),
        NAMES,
        everything,
    )
    assert list(found) == [TIMES]
    (table,) = found[TIMES]
    assert table.inputs == ["in memory", "the whole way"]
    assert table.columns == ["CPU, batch 1 (ms)", "CPU, batch 100 (ms)", "GPU, batch 100 (ms)"]
    assert lines(table) == {
        "yours": ["–", "–", "–", "–", "–", "0.5"],
        "inn": ["12.3(6)", "–", "–", "–", "7.1(2)", "–"],
        "Geant4": ["–", "–", "–", "1,772", "1,772", "–"],
    }


def test_what_was_not_measured_says_why() -> None:
    measured = TIME | {"stage": "generate"}
    (table,) = cost_tables(
        rows(
            measured | {"batch": 10, "value": 1.0},
            measured | {"batch": 1000, "sample": "yours", "value": 2.0},
            measured | {"batch": 1000, "note": "dataset eplus; not measured: 9 s, more than 5 s"},
        ),
        NAMES,
        everything,
    )[TIMES]
    assert table.columns == ["CPU, batch 10 (ms)", "CPU, batch 1000 (ms)"]  # none of 1, 100, 10000
    (cell,) = table.lines[1].cells[0][1:]
    assert (cell.text, cell.remark) == ("–", "not measured: 9 s, more than 5 s")


def test_without_costs_there_are_no_tables() -> None:
    assert cost_tables(rows(), NAMES, everything) == {}
    absent = TIME | {"stage": "generate", "device": "cuda"}
    assert cost_tables(rows(absent), NAMES, everything) == {}
