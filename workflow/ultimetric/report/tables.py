"""Make tables of the report, with marks and remarks, from rows of metrics.csv."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from ultimetric.report.declared import Column, Declared
from ultimetric.report.marks import NOTED, legend, marks_of, notes_of
from ultimetric.report.verdict import NOTHING, Label, Row, Verdict, number

# Kinds of lines in their order.
SAMPLE, BASELINE, CONTROL = KINDS = ("sample", "baseline", "positive control")
AUC = "auc"
LESS = "less sensitive"
# What a number of a table is looked up by.
KEY = ("sample", "other", "inputs", "metric", "observable", "bin")

Key = tuple[str, ...]
Order = dict[str, list[str]]
# Whether each of some groups of samples of a dataset stands in a part of the report.
Standing = Callable[[str, Sequence[Iterable[str]]], list[bool]]


@dataclass(frozen=True)
class Cell:
    """A cell with one number.

    Arguments:
        text: The number as value(error).
        remark: Its p-value, its notes, or that these inputs are less sensitive.
        distance: The distance of an AUC from 0.5, 1 for an AUC of 1 (or 0); 0 for other numbers.
        marks: Some of MARKS.
        hint: The numbers of entries and repeats.
        strong: Whether these inputs tell the sample from truth best.
        value: The number by which rows are sorted; nan for none.
    """

    text: str
    remark: str = ""
    distance: float = 0.0
    marks: str = ""
    hint: str = ""
    strong: bool = False
    value: float = math.nan


@dataclass(frozen=True)
class Line:
    """A line of a table.

    Arguments:
        samples: The names of the sample, or of both of a pair.
        label: The label of these.
        kind: One of KINDS.
        remark: A remark below the label.
        cells: The cells (inputs, columns).
    """

    samples: tuple[str, ...]
    label: str
    kind: str
    remark: str
    cells: list[list[Cell]]


@dataclass(frozen=True)
class Table:
    """One test on one dataset; all but the marks are labels.

    Arguments:
        name: The dataset and the test.
        inputs: The inputs of the classifier.
        columns: The headings of the numbers for each of the inputs.
        lines: The samples or pairs.
        marks: The meaning of each mark in use.
    """

    name: str
    inputs: list[str]
    columns: list[str]
    lines: list[Line]
    marks: dict[str, str]


@dataclass(frozen=True)
class Names:
    """Labels, orders and roles of names in the report.

    Arguments:
        label: The function that gives the label of a name.
        order: The samples of each dataset in their order; others follow.
        controls: The kind of each sample that tests the classifier.
        told: The verdicts on samples that a classifier tells from truth, by dataset and sample.
    """

    label: Label
    order: Order
    controls: dict[str, str]
    told: dict[tuple[str, str], Verdict]


def make_tables(
    rows: pd.DataFrame, form: Declared, names: Names, standing: Standing
) -> list[Table]:
    """The tables that an analysis declares, in the order of the rows; none without numbers.

    Arguments:
        rows: The rows of metrics.csv.
        form: The declared table.
        names: The labels, orders and roles of names.
        standing: What tells which samples have lines.
    """
    for column, values in form.where:
        rows = rows[rows[column].isin(values)]
    if not form.columns:
        return []
    needed = form.needed or tuple(x for column in form.columns for x in column.metrics)
    tables: dict[Key, list[Row]] = {}
    for row in rows.itertuples(index=False):
        tables.setdefault(tuple(getattr(row, x) for x in form.apart), []).append(row)
    made = []
    for there in tables.values():
        found = [row for row in there if not needed or row.metric in needed]
        shown = standing(there[0].dataset, [(row.sample, row.other) for row in found])
        if any(shown):
            of_lines = [row for row, stands in zip(found, shown, strict=True) if stands]
            made.append(_Maker(form, names, there, of_lines).table())
    return made


class _Maker:
    """One table.

    Arguments:
        form: The declared table.
        names: The labels, orders and roles of names.
        rows: The rows of its dataset and test.
        found: The rows that decide about its lines and inputs.
    """

    def __init__(self, form: Declared, names: Names, rows: list[Row], found: list[Row]) -> None:
        self.form, self.names, self.rows, self.found = form, names, rows, found
        self.numbers = {tuple(getattr(row, x) for x in KEY): row for row in rows}
        self.order = names.order.get(rows[0].dataset, [])

    def table(self) -> Table:
        """The table with its lines in their order."""
        form, label = self.form, self.names.label
        columns = [shown for column in form.columns for shown in self._columns(column)]
        inputs = list(dict.fromkeys(row.inputs for row in self.found))
        keys = dict.fromkeys(tuple(getattr(row, x) for x in form.lines) for row in self.found)
        lines = [
            Line(
                key,
                " − ".join(map(label, key)),
                self._kind(key),
                self._remark(key),
                [[self._cell(key, name, *shown) for _, *shown in columns] for name in inputs],
            )
            for key in sorted(keys, key=self._place)
        ]
        used = "".join(cell.marks for line in lines for cells in line.cells for cell in cells)
        return Table(
            form.name.format(**{x: label(getattr(self.rows[0], x)) for x in form.apart}),
            [] if inputs == [""] or "inputs" in form.apart else [label(name) for name in inputs],
            [heading for heading, *_ in columns],
            lines,
            legend(used),
        )

    def _columns(self, column: Column) -> Iterable[tuple[str, Column, str]]:
        """The heading of each column, its declaration, and its value of the column `by`.

        Columns without any number are left out.
        """
        if not column.by:
            if any(row.metric in column.metrics for row in self.rows):
                yield column.heading, column, ""
            return
        metrics = column.metrics
        found = (row for row in self.found if not metrics or row.metric in metrics)
        values = list(dict.fromkeys(filter(None, (getattr(row, column.by) for row in found))))
        if column.times is not None:
            for value in sorted(values, key=float):
                yield column.heading.format(column.times * float(value)), column, value
            return
        if column.by == "other":
            values.sort(key=self._number_of)
        for value in values:
            yield column.heading.format(self.names.label(value)), column, value

    def _kind(self, key: Key) -> str:
        return self.names.controls.get(key[0], SAMPLE) if len(key) == 1 else SAMPLE

    def _number_of(self, sample: str) -> int:
        return self.order.index(sample) if sample in self.order else len(self.order)

    def _place(self, key: Key) -> list[float]:
        """The place of a line: by its kind, by the ranking if there is one, and by its samples."""
        place = [self._number_of(sample) for sample in key]
        if self.form.rank:
            ranks = (
                r.value for r in self.found if (r.sample, r.metric) == (key[0], self.form.rank)
            )
            rank = next(ranks, math.nan)
            place.insert(0, math.inf if math.isnan(rank) else rank)
        return [KINDS.index(self._kind(key)), *place]

    def _row(self, key: Key, inputs: str, column: Column, value: str) -> Row | None:
        """The first existing number of the metrics of a column."""
        sample, other = key if len(key) == 2 else (key[0], "")
        if column.of:
            sample, other = (sample if column.of == "sample" else other), ""
        place = {"sample": sample, "other": other, "inputs": inputs, "observable": "", "bin": ""}
        if column.by:
            place[column.by] = value
        for metric in column.metrics or (value,):
            found = self.numbers.get(tuple((place | {"metric": metric})[x] for x in KEY))
            if found is not None:
                return found
        return None

    def _cell(self, key: Key, inputs: str, column: Column, value: str) -> Cell:
        row = self._row(key, inputs, column, value)
        if row is None:
            return Cell(NOTHING)
        notes = [note for note in notes_of(row) if note not in NOTED]
        if math.isnan(row.value):
            return Cell(NOTHING, "; ".join(notes))  # why there is no number
        shown = (
            notes
            if self.form.notes or column.notes
            else [note for note in notes if note.startswith("p ")]
        )
        shaded = row.metric in self.form.shaded
        cell = Cell(
            text=number(row),
            remark="; ".join(shown),
            distance=min(1.0, 2 * abs(row.value - 0.5)) if shaded else 0.0,
            marks=marks_of(row),
            hint=", ".join(_hints(row)),
            value=row.value,
        )
        return self._told(cell, row) if self.form.verdict and row.metric == AUC else cell

    def _told(self, cell: Cell, row: Row) -> Cell:
        """The AUC of a sample that is told from truth: by these inputs best, or less well?"""
        verdict = self.names.told.get((row.dataset, row.sample))
        if verdict is None:
            return cell
        test = row.method, row.inputs
        less = [(other.method, other.inputs) for other in verdict.less]
        strong = test == (verdict.method, verdict.inputs)
        return replace(cell, strong=strong, remark=LESS if test in less else cell.remark)

    def _remark(self, key: Key) -> str:
        """The ideal AUC of a positive control, and what was done to a sample."""
        if len(key) > 1 or not any(AUC in column.metrics for column in self.form.columns):
            return ""
        rows = [row for row in self.rows if row.sample == key[0]]
        ideal = [f"ideal AUC {number(row)}" for row in rows if row.metric == "ideal_auc"]
        notes = [note for row in rows if row.metric == AUC for note in notes_of(row)]
        return "; ".join(dict.fromkeys([*ideal, *(note for note in notes if note not in NOTED)]))


def _hints(row: Row) -> Iterable[str]:
    """The numbers of entries behind a number."""
    if pd.notna(row.n_test):
        yield f"{row.n_test} entries tested"
    if pd.notna(row.n_train):
        yield f"{row.n_train} trained on, {row.repeats} repeats"
