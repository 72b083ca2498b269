"""Wasserstein-1 distance of every observable."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.distances import SUM, Distances, compared
from ultimetric.analyses.given import Given
from ultimetric.kinds.observables import Columns

UNIT = "in units of the truth's standard deviation"
CONSTANT = "in the observable's own unit, the truth is constant"


class Wasserstein(Distances):
    """W1 of each observable, unbinned, in units of the truth's standard deviation.

    An observable that is constant in the truth keeps its own unit, as its note says. Options
    are those of `Distances`.
    """

    method, metric = "unbinned", "w1"
    section: ClassVar = "Distances of the observables"
    tables: ClassVar = (
        {
            "title": "Wasserstein distances",
            "text": "The sum of the Wasserstein distances of all observables, in units of the "
            "truth's standard deviation, smallest first. It ranks samples also where every AUC is "
            "near 1. The baseline, truth against independent truth, is what finite numbers alone "
            "give.",
            "name": "{dataset}, all observables",
            "columns": {"sum of W1": "w1_sum"},
            "rank": "w1_sum",
        },
    )

    def distances(
        self, given: Given, truth_weights: np.ndarray, weights: np.ndarray
    ) -> dict[str, tuple[np.ndarray, str]]:
        tables = given.dataset.truth_observables, given.sample.observables
        found, constant = observable_distances(*tables, truth_weights, weights)
        return {name: (x, CONSTANT if name in constant else UNIT) for name, x in found.items()}


def observable_distances(
    truth: Columns,
    sample: Columns,
    truth_weights: np.ndarray,
    sample_weights: np.ndarray,
) -> tuple[dict[str, np.ndarray], list[str]]:
    """W1 (replicas,) of each observable and, as SUM, of all; observables constant in truth.

    An observable that no entry of one of both has is left out.

    Arguments:
        truth, sample: The values of each observable (N,).
        truth_weights, sample_weights: As of `wasserstein_distances`.
    """
    distances, constant = {}, []
    for name, x in compared(truth, sample, truth_weights, sample_weights):
        width = x.truth.std()
        # The spread, not the deviation, decides: rounding gives a constant a deviation.
        if np.ptp(x.truth) == 0:
            constant.append(name)
            width = 1.0
        found = wasserstein_distances(x.truth, x.sample, x.truth_weights, x.weights)
        distances[name] = found / width
    distances[SUM] = np.sum(list(distances.values()), axis=0)
    return distances, constant


def wasserstein_distances(
    first: np.ndarray,
    second: np.ndarray,
    first_weights: np.ndarray,
    second_weights: np.ndarray,
) -> np.ndarray:
    """W1 between weighted samples, one per row of the weights, shape (replicas,).

    The area between the two cumulative distributions; rows of the weights (replicas, N) have
    sum 1.
    """
    joined = np.concatenate([first, second])
    order = np.argsort(joined, kind="stable")
    gaps = np.diff(joined[order])
    # One replica at a time: the replicas of many showers together would not fit in the cache.
    return np.array(
        [
            np.abs(np.cumsum(np.concatenate([w, -v])[order])[:-1]) @ gaps
            for w, v in zip(first_weights, second_weights, strict=True)
        ]
    )
