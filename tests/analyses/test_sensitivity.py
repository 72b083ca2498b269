"""What the positive control says of the numbers of its classifier."""

from __future__ import annotations

from typing import Any

import pytest

from ultimetric.analyses.numbers import number_table
from ultimetric.analyses.sensitivity import OWN_CONTROL, mark_insensitive


def row(sample: str, metric: str, value: float, inputs: str = "energies") -> dict[str, Any]:
    of = {"dataset": "eplus", "sample": sample, "method": "dnn", "inputs": inputs}
    return {**of, "metric": metric, "value": value}


@pytest.mark.parametrize(("reached", "note"), [(0.56, ""), (0.54, "not sensitive")])
def test_the_positive_control_decides(reached: float, note: str) -> None:
    """Ideal 0.6: half of its excess is 0.05."""
    rows = [
        row("control", "ideal_auc", 0.6),
        row("control", "auc", reached),
        row("mine", "auc", 0.51),
        row("mine", "jsd", 0.01),
        row("mine", "auc", 0.7, "high_level"),
    ]
    marked = mark_insensitive(number_table(rows))
    assert marked["note"].tolist() == ["", note, note, "", "no positive control"]


def test_all_aucs_are_marked_but_those_with_a_control_of_their_own() -> None:
    marks = {
        "local_auc": "not sensitive",
        "delta_auc": "not sensitive",
        "auc_at_share": "not sensitive",
        **dict.fromkeys(OWN_CONTROL, ""),
        "jsd": "",
        "local_tail_low": "",
    }
    control = [row("control", "ideal_auc", 0.6), row("control", "auc", 0.51)]
    rows = [{**row("mine", metric, 0.51), "note": "known"} for metric in marks]
    marked = mark_insensitive(number_table([*control, *rows]))[2:]
    assert marked["note"].tolist() == [
        f"known; {mark}" if mark else "known" for mark in marks.values()
    ]


def test_the_control_of_another_dataset_says_nothing() -> None:
    control = [row("control", "ideal_auc", 0.6), row("control", "auc", 0.51)]
    marked = mark_insensitive(number_table([*control, row("mine", "auc", 0.7) | {"dataset": "x"}]))
    assert marked["note"].iloc[-1] == "no positive control"


def test_an_empty_table() -> None:
    assert mark_insensitive(number_table([])).empty
