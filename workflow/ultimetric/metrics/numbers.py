"""Numbers of a classifier test with their errors, as rows of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ultimetric.classifiers.weighing import calibrate
from ultimetric.classifiers.weights import Weights
from ultimetric.metrics.auc import auc_components, jsd_components
from ultimetric.metrics.base import MetricInputs, Row
from ultimetric.metrics.components import Components


class Pair(NamedTuple):
    """Names of a truth and of the sample judged against it, for rows."""

    dataset: str
    sample: str


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


def number_rows(
    inputs: MetricInputs | Pair,
    test: tuple[str, str],
    weights: Weights,
    numbers: dict[str, Number],
) -> list[Row]:
    """Rows of one test.

    Arguments:
        inputs: of the metric, or the names that it would give.
        test: (classifier, features).
        weights: what the numbers are of.
        numbers: by the name of the metric.
    """
    return [
        Row(
            dataset=inputs.dataset,
            sample=inputs.sample,
            test=test[0],
            features=test[1],
            metric=name,
            value=float(number.value),
            error=number.error,
            error_test=number.error_test,
            error_train=number.error_train,
            n_train=weights.n_train,
            n_test=len(weights.label) if number.n_test is None else number.n_test,
            repeats=weights.truth.score.shape[1],
            note=number.note,
        )
        for name, number in numbers.items()
    ]
