"""What a metric receives and returns, and the table of rows as CSV."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields, replace
from numbers import Integral, Real
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from ultimetric.errors import described, refusal
from ultimetric.events import Events
from ultimetric.kinds.observables import Columns
from ultimetric.tables import cells, read_records, write_records


@dataclass(frozen=True)
class Row:
    """One number of the table; what does not apply is None or nan and is written empty.

    Arguments:
        dataset: name of the truth.
        sample: name of the sample judged against it.
        method: how truth and sample were compared.
        inputs: inputs of the classifier, empty if there is none.
        metric: name of the number.
        value: the number.
        error: total error, sqrt(error_test^2 + error_train^2).
        error_test: error from the finite number of events tested.
        error_train: error from the training, by its spread over repeats.
        n_train: events of both classes used to train one network.
        n_test: events of both classes compared.
        repeats: trainings averaged.
        note: what a reader must know; free text.
    """

    dataset: str
    sample: str
    method: str
    inputs: str
    metric: str
    value: float | None
    error: float | None = None
    error_test: float | None = None
    error_train: float | None = None
    n_train: int | None = None
    n_test: int | None = None
    repeats: int | None = None
    note: str = ""


class Where(NamedTuple):
    """What a number is of: the first columns of its row."""

    dataset: str
    sample: str
    method: str
    inputs: str = ""


@dataclass(frozen=True)
class MetricInputs:
    """What a metric may look at.

    Arguments:
        dataset, sample: names for the rows.
        truth: held-out truth, in its file: `truth.blocks()` reads it block by block, `truth.data`
            all at once.
        events: the sample, likewise.
        truth_observables, observables: the observables of both by name (N,), from their tables.
        weights: file of the classifier weights of this sample.
        attributes: of the sample's file.
        seed: for random numbers of the metric.
        others: weights files of the same sample in other tests: against the generator's training
            truth (`memorisation`), or with a share of the training events (`half`, `quarter`).
        training: the truth that the generator was trained on, for a metric whose config says
            `training: true`; None if the sample's generator has no memory to be tested.
        exact: file of the exact weights of truth and sample; None if they are not known.
    """

    dataset: str
    sample: str
    truth: Events
    events: Events
    truth_observables: Columns
    observables: Columns
    weights: Path
    attributes: dict[str, Any]
    seed: int
    others: dict[str, Path] = field(default_factory=dict)
    training: Events | None = None
    exact: Path | None = None

    def where(self, method: str, inputs: str = "") -> Where:
        """The first columns of a row of this sample."""
        return Where(self.dataset, self.sample, method, inputs)


class Metric(ABC):
    """A number, or several, that compare a sample with the truth.

    Arguments:
        options: from the config; `defaults` names all that the metric knows besides `training`
            (whether it wants the generator's training truth), and `limits` what they must be if
            that is more than the type of the default.

    Attributes:
        needs: what a sample must have besides, of "exact"; others get no rows.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    shared: ClassVar[dict[str, Any]] = {"training": False}
    defaults: ClassVar[dict[str, Any]] = {}
    limits: ClassVar[dict[str, str]] = {}

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = {**self.shared, **self.defaults, **options}

    def table(self, given: MetricInputs) -> list[Row]:
        """`rows`, checked.

        Raises:
            UserError: class and file, what was returned and what is needed.
        """
        rows = self.rows(given)
        if not isinstance(rows, list) or not rows:
            found = "no rows" if rows == [] else described(rows)
            raise refusal(self, f"rows returned {found}", "a list of at least one Row")
        for number, row in enumerate(rows):
            self._check(number, row, {"dataset": given.dataset, "sample": given.sample})
        return rows

    @abstractmethod
    def rows(self, given: MetricInputs) -> list[Row]:
        """Compare; random numbers depend on `given.seed` only."""

    def _check(self, number: int, row: Any, names: dict[str, str]) -> None:
        """A row is one of this dataset and sample, and its values are what the columns hold."""
        if not isinstance(row, Row):
            raise refusal(self, f"row {number} is {described(row)}", "a Row")
        for column in fields(Row):
            value, name = getattr(row, column.name), column.name
            other = name in names and names[name] != value
            if other or not isinstance(value, _TYPES[column.type]):
                needed = repr(names[name]) if name in names else column.type
                raise refusal(self, f"{name} of row {number} is {value!r}", needed)


_TYPES = {"str": str, "float | None": Real | None, "int | None": Integral | None}


def add_note(row: Row, note: str) -> Row:
    """The row with one more note."""
    return replace(row, note="; ".join(filter(None, [row.note, note])))


def write_rows(path: str | Path, rows: list[Row], published: bool = False) -> None:
    """Write a table, sorted: equal rows give equal bytes."""
    write_records(path, Row, sorted(rows, key=cells), published)


def read_rows(path: str | Path, published: bool = False) -> list[Row]:
    """Read a table; empty numbers are None."""
    return read_records(path, Row, published)
