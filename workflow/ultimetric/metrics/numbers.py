"""Numbers of a classifier test with their errors, as rows of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ultimetric.classifiers.weights import Weights
from ultimetric.metrics.base import MetricInputs, Row
from ultimetric.metrics.components import Components

Arrays = tuple[np.ndarray, np.ndarray]


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


def difference(
    components: Callable[[np.ndarray, np.ndarray], Components],
    labels: Arrays,
    averaged: Arrays,
    each: Arrays,
    paired: tuple[bool, bool],
) -> Number:
    """First minus second of two tests with as many repeats.

    Arguments:
        components: `auc_components` or `jsd_components`.
        labels: 1 for truth, 0 for sample (N,), of both tests.
        averaged: scores (N,) of which the difference is given; or those of each repeat, for the
            mean of their differences.
        each: those of each repeat (N, R), for its error from the training.
        paired: whether the truth (sample) showers of both tests are the same, in the same order.
    """
    first, second = (
        components(labels[0], x[0]).minus(components(labels[1], x[1]), paired)
        for x in (averaged, each)
    )
    return number_of(first, second)


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
