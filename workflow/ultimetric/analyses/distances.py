"""Distances of truth and sample in every observable, with errors from bootstrap replicas."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from ultimetric.classifiers.weights import groups_in
from ultimetric.metrics.base import Metric, MetricInputs, Row
from ultimetric.statistics.bootstrap import REPLICAS, bootstrap_weights
from ultimetric.analyses.numbers import Number


class Distances(Metric):
    """One row per observable and their sum; a subclass says what the distance is.

    With finite numbers distances are above 0 for equal distributions too: compare them with those
    of the truth-vs-truth baseline at the same numbers. The error is the standard deviation over
    Poisson bootstrap replicas of the events.

    Options:
        replicas: number of bootstrap replicas, default 100.
    """

    defaults: ClassVar = {"replicas": REPLICAS}
    limits: ClassVar = {"replicas": "whole >= 2"}
    method: ClassVar[str]
    prefix: ClassVar[str]

    def rows(self, given: MetricInputs) -> list[Row]:
        replicas, rng = self.options["replicas"], np.random.default_rng(given.seed)
        sets, groups = (given.truth, given.events), groups_in(given.weights)
        weights = [
            bootstrap_weights(len(events), replicas, rng, group)
            for events, group in zip(sets, groups, strict=True)
        ]
        return [
            Number(found[0], float(found[1:].std(ddof=1)), n_test=sum(map(len, sets))).row(
                given.where(self.method),
                f"{self.prefix}:{name}",
                f"{note}; {replicas} bootstrap replicas",
            )
            for name, (found, note) in self.distances(given, *weights).items()
        ]

    @abstractmethod
    def distances(
        self, given: MetricInputs, truth_weights: np.ndarray, weights: np.ndarray
    ) -> dict[str, tuple[np.ndarray, str]]:
        """Distances (1 + replicas,) of each observable and of all as `sum`, each with a note.

        Arguments:
            inputs: of the metric.
            truth_weights, weights: of the events of truth and sample in the set itself and in
                each replica (1 + replicas, N), rows with sum 1.
        """
