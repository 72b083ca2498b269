"""The tables of costs in the report."""

from __future__ import annotations

from typing import Any

from plain import everything

from ultimetric.costs import cost_table
from ultimetric.report.costs import GENERATORS, TIMES, cost_tables, time_cell
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


def test_a_sample_is_compared_with_the_simulation_the_whole_way_only() -> None:
    memory = TIME | {"stage": "generate", "batch": 100, "value": 0.1, "error": 0.01}
    whole = TIME | {"stage": "whole_way", "batch": 100, "value": 0.63, "error": 0.02}
    geant = TIME | {"sample": "Geant4", "stage": "simulate", "value": 460.0, "error": 30.0}
    entry, cell = time_cell(rows(memory, whole, geant), "eplus", "inn")
    assert (entry, cell.text) == ("shower", "0.100(10) ms")
    assert cell.remark == (
        "in memory, CPU, batch 100; the whole way (0.63(2) ms) is 730 times as fast as Geant4, "
        "460(30) ms"
    )
    for known in ((memory, geant), (memory, whole), (memory, whole | {"device": "cuda"}, geant)):
        assert time_cell(rows(*known), "eplus", "inn")[1].remark == "in memory, CPU, batch 100"
    slow = time_cell(rows(whole | {"value": 920.0}, geant), "eplus", "inn")[1].remark
    assert "takes 2 times as long as Geant4" in slow


def test_a_time_of_the_job_says_what_it_contains() -> None:
    once = TIME | {"stage": "sample", "value": 0.25, "batch": 300}
    note = "dataset eplus; one run, the first batch included"
    cell = time_cell(rows(once | {"note": note}), "eplus", "inn")[1]
    assert cell.remark.endswith("CPU, batch 300, one run, the first batch included")


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
