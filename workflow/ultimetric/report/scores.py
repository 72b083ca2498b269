"""The first table of the report: AUC and JSD of every sample and feature set, with marks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ultimetric.figures.labels import FLOOR, POWER_CONTROL
from ultimetric.figures.numbers import with_error
from ultimetric.metrics.base import Row

INSENSITIVE = "†"
UNCALIBRATED = "‡"
OTHER_DATA = "§"
MARKS = {
    INSENSITIVE: "the classifier missed its power control: it is not sensitive, and this AUC "
    "flatters the sample",
    UNCALIBRATED: "calibration failed (its error exceeds what chance gives): do not read these "
    "weights as likelihood ratios",
    OTHER_DATA: "other data than this study's",
}

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Cell:
    """One sample with one feature set.

    Arguments:
        auc, jsd: as value(error).
        distance: 0 where the AUC is 0.5, 1 where it is 1 (or 0).
        marks: subset of MARKS.
        hint: numbers of showers and repeats.
    """

    auc: str
    jsd: str
    distance: float
    marks: str
    hint: str


@dataclass(frozen=True)
class Line:
    """A sample: its label, what kind it is, and one cell per column (None: not tested)."""

    label: str
    kind: str
    remark: str
    cells: list[Cell | None]


@dataclass(frozen=True)
class ScoreTable:
    """One classifier on one dataset."""

    dataset: str
    test: str
    columns: list[str]
    lines: list[Line]
    marks: dict[str, str]


def score_tables(rows: list[Row], label: Callable[[str], str]) -> list[ScoreTable]:
    """One table per dataset and classifier that has an AUC, in the order of the rows."""
    found = dict.fromkeys((row.dataset, row.test) for row in rows if row.metric == "auc")
    return [
        _table(test, [row for row in rows if row.dataset == dataset], label)
        for dataset, test in found
    ]


def _table(test: str, rows: list[Row], label: Callable[[str], str]) -> ScoreTable:
    """The table of a test from all rows of its dataset."""
    aucs = [row for row in rows if (row.test, row.metric) == (test, "auc")]
    features = list(dict.fromkeys(row.features for row in aucs))
    samples = sorted(dict.fromkeys(row.sample for row in aucs), key=_rank)
    numbers = {(row.sample, row.features, row.metric): row for row in rows if row.test == test}
    lines = [
        Line(
            label=label(sample),
            kind={FLOOR: "floor", POWER_CONTROL: "control"}.get(sample, "sample"),
            remark=_ideal(rows, sample),
            cells=[_cell(numbers, sample, name) for name in features],
        )
        for sample in samples
    ]
    used = {mark for line in lines for cell in line.cells if cell for mark in cell.marks}
    return ScoreTable(
        label(rows[0].dataset),
        label(test),
        [label(name) for name in features],
        lines,
        {mark: text for mark, text in MARKS.items() if mark in used},
    )


def _rank(sample: str) -> int:
    """Floor first, power control last, samples between them as they come."""
    return {FLOOR: 0, POWER_CONTROL: 2}.get(sample, 1)


def _cell(numbers: dict[Key, Row], sample: str, features: str) -> Cell | None:
    auc = numbers.get((sample, features, "auc"))
    if auc is None or auc.value is None:
        return None
    jsd = numbers.get((sample, features, "jsd_calibrated")) or numbers.get(
        (sample, features, "jsd")
    )
    return Cell(
        auc=text(auc),
        jsd=text(jsd) if jsd else "–",
        distance=min(1.0, 2 * abs(auc.value - 0.5)),
        marks="".join(_marks(numbers, auc)),
        hint=f"{auc.n_test} showers tested, {auc.n_train} trained on, {auc.repeats} repeats",
    )


def _marks(numbers: dict[Key, Row], auc: Row) -> Iterable[str]:
    if "not sensitive" in auc.note:
        yield INSENSITIVE
    ece = numbers.get((auc.sample, auc.features, "ece"))
    limit = numbers.get((auc.sample, auc.features, "ece_limit"))
    if ece and limit and ece.value > limit.value:
        yield UNCALIBRATED
    if "other data" in auc.note:
        yield OTHER_DATA


def _ideal(rows: list[Row], sample: str) -> str:
    """What the best classifier would reach, known for the power control only."""
    ideal = [text(row) for row in rows if (row.sample, row.metric) == (sample, "ideal_auc")]
    return f"ideal AUC {', '.join(dict.fromkeys(ideal))}" if ideal else ""


def text(row: Row) -> str:
    """The number of a row as value(error)."""
    nothing = float("nan")
    return with_error(
        nothing if row.value is None else row.value,
        nothing if row.error is None else row.error,
    )
