"""Numbers of a classifier test with their errors, as rows of the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultimetric.classifiers.weighing import calibrate
from ultimetric.classifiers.weights import Weights
from ultimetric.metrics.auc import auc_components, jsd_components
from ultimetric.metrics.base import Row, Where
from ultimetric.metrics.components import Components


@dataclass(frozen=True)
class Number:
    """A value with its errors from test showers and from training; nan if there is none.

    Arguments:
        value, error_test, error_train: as in a row.
        n_test: showers compared, all of the test by default.
        note: for the reader.
    """

    value: float
    error_test: float = np.nan
    error_train: float = np.nan
    n_test: int | None = None
    note: str = ""

    @property
    def error(self) -> float:
        """Both errors in quadrature."""
        known = [x for x in (self.error_test, self.error_train) if not np.isnan(x)]
        return float(np.linalg.norm(known)) if known else np.nan

    def row(self, where: Where, metric: str, note: str = "", **counts: int) -> Row:
        """The number as a row.

        Arguments:
            where: the first columns.
            metric: its name.
            note: one more for the reader.
            counts: `n_train`, `n_test` unless the number has its own, and `repeats`.
        """
        if self.n_test is not None:
            counts["n_test"] = self.n_test
        errors = self.error, self.error_test, self.error_train
        notes = "; ".join(filter(None, [self.note, note]))
        return Row(*where, metric, float(self.value), *errors, **counts, note=notes)


def number_of(
    found: Components, each: Components | None = None, n_test: int | None = None, note: str = ""
) -> Number:
    """The number with both errors.

    Arguments:
        found: the number, and its error from test showers.
        each: the same number of each repeat, if `found` is that of a score averaged over them;
            its error from the training is that of the average.
        n_test, note: of the number.
    """
    return Number(found.value, found.error_test, (each or found).error_train, n_test, note)


def auc_of(weights: Weights) -> Components:
    """AUC of each repeat, the table's `auc`: showers are compared within the folds."""
    score = weights.joined("score").astype(np.float64)
    return auc_components(weights.label, score, weights.joined("fold"), weights.group)


def jsd_of(weights: Weights) -> tuple[Components, Components]:
    """JSD of the calibrated weights, and that of each repeat with the same calibration."""
    label, group = weights.label, weights.group
    score = weights.joined("score").astype(np.float64)
    each = calibrate(score, label, weights.joined("fold"))[1]
    return tuple(jsd_components(label, x, group) for x in (weights.joined("logit"), each))


def number_rows(where: Where, weights: Weights, numbers: dict[str, Number]) -> list[Row]:
    """Rows of numbers, by the name of the metric, of one test's weights."""
    counts = {
        "n_train": weights.n_train,
        "n_test": len(weights.label),
        "repeats": weights.truth.score.shape[1],
    }
    return [number.row(where, name, **counts) for name, number in numbers.items()]
