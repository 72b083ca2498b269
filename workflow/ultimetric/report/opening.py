"""The table of verdicts that the page opens with."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from ultimetric.report.costs import time_cell
from ultimetric.report.findings import Drawn
from ultimetric.report.marks import NOTED, legend, marks_of
from ultimetric.report.tables import Cell, Names
from ultimetric.report.verdict import (
    UNKNOWN,
    YES,
    Row,
    Verdict,
    by_dataset,
    control_text,
    error_of,
    fault_text,
    number,
    significant_text,
)
from ultimetric.statistics.pvalues import p_text


@dataclass(frozen=True)
class Opened:
    """One verdict.

    Arguments:
        sample, label: The name and the label of the sample.
        answer: Whether it can be told from truth.
        auc: The AUC of the most telling inputs, with its p-value.
        inputs: The labels of these inputs and of the classifier.
        less: The labels of less sensitive inputs.
        baseline, control: The AUCs of the baseline and of the positive control as texts.
        fault: The main fault in one sentence.
        significant: A far more significant finding in one sentence; empty if there is none.
        picture: Its picture, as SVG in base64; empty if there is none.
        notes: Further notes.
        time: The time per entry.
    """

    sample: str
    label: str
    answer: str
    auc: Cell
    inputs: str
    less: list[str]
    baseline: str
    control: str
    fault: str
    significant: str
    picture: str
    notes: list[str]
    time: Cell


@dataclass(frozen=True)
class Opening:
    """The verdicts on the samples of a dataset.

    Arguments:
        name: The label of the dataset.
        summary: A sentence on all samples; empty if there is one only.
        lines: The verdicts.
        marks: The meaning of marks.
        time: The heading of the times; empty if there are none.
    """

    name: str
    summary: str
    lines: list[Opened]
    marks: dict[str, str]
    time: str


def openings(
    found: list[Verdict], costs: pd.DataFrame, pictures: Drawn, names: Names
) -> list[Opening]:
    """The verdicts by dataset, in the order of the config.

    Arguments:
        found: All verdicts.
        costs: The rows of costs.csv.
        pictures: The pictures of findings by dataset and sample, then by rank.
        names: The labels, orders and roles of names.
    """
    made = []
    for dataset, there in by_dataset(found, names.order, names.controls).items():
        times = {v.sample: time_cell(costs, dataset, v.sample) for v in there}
        entry = next((entry for entry, _ in times.values() if entry), "")
        lines = [
            _opened(v, pictures.get((dataset, v.sample), {}), times[v.sample][1], names)
            for v in there
        ]
        marks = legend("".join(line.auc.marks for line in lines))
        time = entry and f"time per {entry}"
        summary = _summary(there, names) if len(there) > 1 else ""
        made.append(Opening(names.label(dataset), summary, lines, marks, time))
    return made


def _summary(found: list[Verdict], names: Names) -> str:
    """How many samples can be told from truth, and which of them is closest to it."""
    told = sum(v.answer == YES for v in found)
    known = [v for v in found if v.answer != UNKNOWN] or found
    closest = min(known, key=lambda v: v.auc.value)
    like = [v for v in known if v is not closest and _agree(v.auc, closest.auc)]
    said = [f"{names.label(v.sample)} ({number(v.auc)})" for v in (closest, *like)]
    lowest = (
        f"The lowest AUCs, of {', '.join(said[:-1])} and {said[-1]}, agree within their errors."
        if like
        else f"The lowest AUC is that of {names.label(closest.sample)}, {number(closest.auc)}."
    )
    return f"{told or 'None'} of {len(found)} samples can be distinguished from truth. {lowest}"


def _agree(auc: Row, other: Row) -> bool:
    return abs(auc.value - other.value) < 2 * math.hypot(error_of(auc), error_of(other))


def _opened(v: Verdict, pictures: dict[int, str], time: Cell, names: Names) -> Opened:
    def test(row: Row | Verdict) -> str:
        return f"{names.label(row.inputs)} ({names.label(row.method)})"

    return Opened(
        sample=v.sample,
        label=names.label(v.sample),
        answer=v.answer,
        auc=Cell(number(v.auc), p_text(v.pvalue), marks=marks_of(v.auc), value=v.auc.value),
        inputs=test(v),
        less=[test(row) for row in v.less],
        baseline=number(v.baseline),
        control=control_text(v),
        fault=fault_text(v) or "It was not searched for.",
        significant=significant_text(v),
        picture=pictures.get(1, ""),
        notes=[note for note in v.notes if note not in NOTED],
        time=time,
    )
