"""Numbers with their errors, as rows of the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from ultimetric.classifiers.folds import TESTED_PER_TRAINED
from ultimetric.classifiers.weights import Weights
from ultimetric.statistics.components import Components
from ultimetric.tables import NUMBER, TEXT, WHOLE, frame_of, write_table

# dataset, sample     the truth, and what is compared with it ("truth": the baseline)
# method, inputs      how they are compared: a classifier and its inputs, or another method
# metric              what the number is called
# observable, bin     of what observable, and in which range of it, if the number is of one
# other               the second sample of a comparison
# value, error        the number and its total error, sqrt(error_test^2 + error_train^2)
# error_test          the error from the finite number of entries tested
# error_train         the error from the training, by its spread over repeats
# n_train, n_test     entries of both classes used to train one network, and compared
# repeats             trainings averaged
# note                remarks on how to read the number
COLUMNS = {
    **dict.fromkeys(("dataset", "sample", "method", "inputs", "metric"), TEXT),
    **dict.fromkeys(("observable", "bin", "other"), TEXT),
    **dict.fromkeys(("value", "error", "error_test", "error_train"), NUMBER),
    **dict.fromkeys(("n_train", "n_test", "repeats"), WHOLE),
    "note": TEXT,
}
Row = dict[str, Any]
# Name of a metric; or metric and observable; or metric, observable and bin.
Key = str | tuple[str, ...]
Keys = TypeVar("Keys", bound=Key)


class Where(NamedTuple):
    """The first columns of the row of a number."""

    dataset: str
    sample: str
    method: str
    inputs: str = ""


def number_table(
    rows: pd.DataFrame | Iterable[Mapping[str, Any]], known: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """The table of numbers.

    Arguments:
        rows: Rows by column; columns that a row lacks are empty.
        known: The texts of columns that a row lacks.

    Raises:
        KeyError: A row has another column.
        TypeError, ValueError: A value is not of its column's type.
    """
    records = rows.to_dict("records") if isinstance(rows, pd.DataFrame) else rows
    return frame_of(({**(known or {}), **row} for row in records), COLUMNS)


def write_numbers(path: Any, table: pd.DataFrame, published: bool = False) -> None:
    """Write a table of numbers, sorted: equal rows give equal bytes."""
    write_table(path, table, published, sort=list(COLUMNS))


def with_note(table: pd.DataFrame, note: str | Sequence[str]) -> pd.DataFrame:
    """The table with one more note in each row.

    Arguments:
        table: The table.
        note: The note, or one for each row; an empty one adds nothing.
    """
    added = [note] * len(table) if isinstance(note, str) else note
    notes = ["; ".join(filter(None, pair)) for pair in zip(table["note"], added, strict=True)]
    return table.assign(note=pd.Series(notes, index=table.index, dtype="str"))


@dataclass(frozen=True)
class Number:
    """A value with its errors from tested entries and from training; nan if there is none.

    Arguments:
        value, error_test, error_train: The number and its errors, as in a row.
        n_test: The number of entries compared; by default all of the test.
        note: A note for the reader.
        repeats: The number of trainings averaged; by default those of the test.
    """

    value: float
    error_test: float = np.nan
    error_train: float = np.nan
    n_test: int | None = None
    note: str = ""
    repeats: int | None = None

    @property
    def error(self) -> float:
        """Both errors in quadrature."""
        known = [x for x in (self.error_test, self.error_train) if not np.isnan(x)]
        return float(np.linalg.norm(known)) if known else np.nan

    def noted(self, note: str) -> Number:
        """The number with one more note; an empty one adds nothing."""
        return replace(self, note="; ".join(filter(None, [self.note, note])))

    def row(self, where: Where, key: Key, note: str = "", **others: Any) -> Row:
        """The number as a row.

        Arguments:
            where: The first columns.
            key: The metric; or metric and observable; or metric, observable and bin.
            note: One more note for the reader.
            others: Other columns: `n_train`, `n_test` and `repeats` unless the number has its
                own, `other`.
        """
        names = (key,) if isinstance(key, str) else key
        if self.n_test is not None:
            others["n_test"] = self.n_test
        if self.repeats is not None:
            others["repeats"] = self.repeats
        return {
            **where._asdict(),
            **dict(zip(("metric", "observable", "bin"), names, strict=False)),
            "value": float(self.value),
            "error": self.error,
            "error_test": self.error_test,
            "error_train": self.error_train,
            **others,
            "note": "; ".join(filter(None, [self.note, note])),
        }


def number_of(
    found: Components, each: Components | None = None, n_test: int | None = None, note: str = ""
) -> Number:
    """The number with both errors.

    Arguments:
        found: The number with its error from the tested entries.
        each: The same number of each repeat, if `found` is that of a score averaged over them; its
            error from the training is that of the average.
        n_test, note: As of `Number`.
    """
    error_train = (each or found).error_train(TESTED_PER_TRAINED)
    return Number(found.value, found.error_test, error_train, n_test, note)


def number_rows(
    where: Where, weights: Weights, numbers: Mapping[Keys, Number], **others: Any
) -> list[Row]:
    """Rows of the numbers of one test.

    Arguments:
        where: The first columns.
        weights: The weights of the test, which tell how many entries and repeats there were.
        numbers: The numbers by metric; by metric and observable; or by metric, observable and bin.
        others: Other columns, as of `Number.row`.
    """
    counts = {
        "n_train": weights.n_train,
        "n_test": len(weights.label),
        "repeats": weights.truth.score.shape[1],
    }
    return [number.row(where, key, **counts, **others) for key, number in numbers.items()]
