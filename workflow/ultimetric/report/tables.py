"""Tables of numbers with marks and remarks: what a row of metrics.csv becomes in the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ultimetric.classifiers.checks import UNTRUSTED
from ultimetric.metrics.base import Row
from ultimetric.analyses.sensitivity import NO_CONTROL, NOT_SENSITIVE
from ultimetric.report.verdict import Verdict, number

# Marks for notes of rows.
NOTED = {NOT_SENSITIVE: "†", NO_CONTROL: "°", UNTRUSTED: "‡"}
MARKS = {
    NOTED[NOT_SENSITIVE]: "the classifier missed its positive control: it is not sensitive, and "
    "its AUCs flatter the samples",
    NOTED[NO_CONTROL]: "the study has no positive control: whether the classifier is sensitive is "
    "not known",
    NOTED[UNTRUSTED]: "do not read the weights as likelihood ratios: their calibration error or "
    "their means are not what chance gives (p < 0.001 for each number, 5 % for a table of 50), or "
    "less than 1 % of the showers carry them",
}
# Kinds of lines in their order.
SAMPLE = "sample"
KINDS = (SAMPLE, "floor", "power control")
AUC = "auc"
LESS = "less sensitive"

Label = Callable[[str], str]
# Heading of each column, and the metrics it may show: the first that there is.
Columns = dict[str, tuple[str, ...]]
Key = tuple[str, str, str]
Order = dict[str, list[str]]


@dataclass(frozen=True)
class Cell:
    """One number.

    Arguments:
        text: value(error).
        remark: its p-value, or that it sees less than others.
        distance: of an AUC: 0 where it is 0.5, 1 where it is 1 (or 0); else 0.
        marks: subset of MARKS.
        hint: numbers of showers and repeats.
        strong: whether these inputs tell the sample from truth best.
    """

    text: str
    remark: str = ""
    distance: float = 0.0
    marks: str = ""
    hint: str = ""
    strong: bool = False


NOTHING = Cell("–")


@dataclass(frozen=True)
class Line:
    """A sample or a pair: label, one of KINDS, remark, and its cells (inputs, columns)."""

    label: str
    kind: str
    remark: str
    cells: list[list[Cell]]


@dataclass(frozen=True)
class Table:
    """One test on one dataset; all but the marks are labels.

    Arguments:
        name: dataset and test.
        inputs: inputs of the classifier.
        columns: headings of the numbers for each of the inputs.
        lines: samples or pairs.
        marks: meaning of each mark in use.
    """

    name: str
    inputs: list[str]
    columns: list[str]
    lines: list[Line]
    marks: dict[str, str]


def make_tables(
    rows: list[Row],
    columns: Columns,
    needed: set[str],
    label: Label,
    order: Order,
    controls: dict[str, str] | None = None,
    judge: str = " classifier",
    told: dict[tuple[str, str], Verdict] | None = None,
) -> list[Table]:
    """One table per dataset and test, which is a classifier unless `judge` says otherwise.

    Its lines and feature sets are those that have one of the needed metrics: lines as `order` has
    them, those that it does not name and the feature sets in the order of rows.
    """
    tables = {}
    for row in rows:
        if row.metric in needed:
            tables.setdefault((row.dataset, row.method), []).append(row)
    return [
        _table(
            [row for row in rows if (row.dataset, row.method) == key],
            found,
            columns,
            label,
            order.get(key[0], []),
            controls or {},
            judge,
            told or {},
        )
        for key, found in tables.items()
    ]


def _table(
    rows: list[Row],
    found: list[Row],
    columns: Columns,
    label: Label,
    order: list[str],
    controls: dict[str, str],
    judge: str,
    told: dict[tuple[str, str], Verdict],
) -> Table:
    def kind(sample: str) -> str:
        return controls.get(sample, SAMPLE)

    def place(sample: str) -> list[int]:
        """Among kinds; then of the sample, or of both of a pair."""
        parts = [order.index(x) if x in order else len(order) for x in sample.split(":")]
        return [KINDS.index(kind(sample)), *parts]

    numbers = {(row.sample, row.inputs, row.metric): row for row in rows}
    inputs = list(dict.fromkeys(row.inputs for row in found))
    samples = dict.fromkeys(row.sample for row in found)
    lines = [
        Line(
            label(sample),
            kind(sample),
            _remark([row for row in rows if row.sample == sample]),
            [
                [
                    _told(_cell(numbers, keys), numbers.get(keys[0]), told)
                    for metrics in columns.values()
                    for keys in [[(sample, name, x) for x in metrics]]
                ]
                for name in inputs
            ],
        )
        for sample in sorted(samples, key=place)
    ]
    used = "".join(cell.marks for line in lines for cells in line.cells for cell in cells)
    return Table(
        f"{label(rows[0].dataset)}, {label(rows[0].method)}{judge}",
        [label(name) for name in inputs],
        list(columns),
        lines,
        {mark: meaning for mark, meaning in MARKS.items() if mark in used},
    )


def _cell(numbers: dict[Key, Row], keys: list[Key]) -> Cell:
    row = next((numbers[key] for key in keys if key in numbers), None)
    if row is None or row.value is None:
        return NOTHING
    notes = _notes(row)
    return Cell(
        text=number(row),
        remark="".join(note for note in notes if note.startswith("p ")),
        distance=min(1.0, 2 * abs(row.value - 0.5)) if row.metric.startswith(AUC) else 0.0,
        marks="".join(_marks(row)),
        hint=", ".join(_hints(row)),
    )


def _told(cell: Cell, row: Row | None, told: dict[tuple[str, str], Verdict]) -> Cell:
    """The AUC of a sample that is told from truth: by these inputs best, or less well?"""
    verdict = told.get((row.dataset, row.sample)) if row and row.metric == AUC else None
    if verdict is None:
        return cell
    inputs = (row.method, row.inputs)
    strong = inputs == (verdict.method, verdict.inputs)
    less = [(row.method, row.inputs) for row in verdict.less]
    return replace(cell, strong=strong, remark=LESS if inputs in less else cell.remark)


def _hints(row: Row) -> Iterable[str]:
    """On how many showers a number rests."""
    yield f"{row.n_test} showers tested"
    if row.n_train:
        yield f"{row.n_train} trained on, {row.repeats} repeats"


def _marks(row: Row) -> Iterable[str]:
    yield from (mark for note, mark in NOTED.items() if note in _notes(row))


def _remark(rows: list[Row]) -> str:
    """The ideal AUC of a positive control, and what was done to a sample."""
    ideal = [f"ideal AUC {number(row)}" for row in rows if row.metric == "ideal_auc"]
    notes = [note for row in rows if row.metric == AUC for note in _notes(row)]
    return "; ".join(dict.fromkeys([*ideal, *(note for note in notes if note not in NOTED)]))


def _notes(row: Row) -> list[str]:
    return list(filter(None, row.note.split("; ")))
