"""Wasserstein-1 distance of every observable."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.classifiers.weights import groups_in
from ultimetric.kinds.base import Columns
from ultimetric.metrics.base import Metric, MetricInputs, Row
from ultimetric.metrics.bootstrap import REPLICAS, bootstrap_weights

UNIT = "in units of the truth's standard deviation"
CONSTANT = "in the observable's own unit, the truth is constant"


class Wasserstein(Metric):
    """W1 of each observable, unbinned, in units of the truth's standard deviation.

    An observable that is constant in the truth keeps its own unit, and its row says so. With
    finite numbers W1 is above 0 for equal distributions too: compare it with the floor at the
    same numbers. The error is the standard deviation over Poisson bootstrap replicas.

    Options:
        replicas: number of bootstrap replicas, default 100.
    """

    defaults: ClassVar = {"replicas": REPLICAS}
    limits: ClassVar = {"replicas": "whole >= 2"}

    def rows(self, inputs: MetricInputs) -> list[Row]:
        """One row per observable and their sum."""
        replicas = self.options["replicas"]
        truth, sample = inputs.truth_observables, inputs.observables
        rng = np.random.default_rng(inputs.seed)
        weights = [
            bootstrap_weights(len(events), replicas, rng, group)
            for events, group in zip(
                (inputs.truth, inputs.events), groups_in(inputs.weights), strict=True
            )
        ]
        distances, constant = observable_distances(truth, sample, *weights)
        notes = {name: CONSTANT if name in constant else UNIT for name in distances}
        return [
            Row(
                dataset=inputs.dataset,
                sample=inputs.sample,
                test="unbinned",
                features="",
                metric=f"w1:{name}",
                value=float(distance[0]),
                error=float(distance[1:].std(ddof=1)),
                error_test=float(distance[1:].std(ddof=1)),
                n_test=len(inputs.truth) + len(inputs.events),
                note=f"{notes[name]}; {replicas} bootstrap replicas",
            )
            for name, distance in distances.items()
        ]


def observable_distances(
    truth: Columns,
    sample: Columns,
    truth_weights: np.ndarray,
    sample_weights: np.ndarray,
) -> tuple[dict[str, np.ndarray], list[str]]:
    """W1 of each observable and their `sum`, (replicas,), and the observables constant in truth.

    Arguments:
        truth, sample: values of each observable (N,).
        truth_weights, sample_weights: as in `wasserstein_distances`.
    """
    distances, constant = {}, []
    for name, values in truth.items():
        width = values.std()
        # The spread, not the deviation, decides: rounding gives a constant a deviation.
        if np.ptp(values) == 0:
            constant.append(name)
            width = 1.0
        found = wasserstein_distances(values, sample[name], truth_weights, sample_weights)
        distances[name] = found / width
    distances["sum"] = np.sum(list(distances.values()), axis=0)
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
