"""Distances of truth and sample in every observable, with errors from bootstrap replicas."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given, SampleFiles
from ultimetric.analyses.numbers import Key, Number
from ultimetric.statistics.bootstrap import REPLICAS, bootstrap_weights

SUM = "sum"  # of the distances in all observables


class Distances(Analysis):
    """A distance in each observable and their sum; a subclass defines the distance.

    With finite numbers of entries, distances of equal distributions are above 0, too: compare them
    with those of the truth-vs-truth baseline for equal numbers. The error is the standard
    deviation over Poisson bootstrap replicas of the events.

    Options:
        replicas: The number of bootstrap replicas, default 100.

    Attributes:
        method: The text of the column `method`.
        metric: The name of the distance; the name of the sum ends in `_sum`.
    """

    needs: ClassVar = ("truth", "sample", "observables")
    optional: ClassVar = ("weights",)
    defaults: ClassVar = {"replicas": REPLICAS}
    limits: ClassVar = {"replicas": "whole >= 2"}
    method: ClassVar[str]
    metric: ClassVar[str]

    def run(self, given: Given) -> Result:
        replicas, rng = self.options["replicas"], given.rng("metric")
        sizes = len(given.dataset.truth), len(given.sample.events)
        weights = [
            bootstrap_weights(size, replicas, rng, group)
            for size, group in zip(sizes, groups_of(given.sample), strict=True)
        ]
        return Result(
            [
                Number(found[0], float(found[1:].std(ddof=1)), n_test=sum(sizes)).row(
                    given.where(self.method),
                    self._key(name),
                    f"{note}; {replicas} bootstrap replicas",
                )
                for name, (found, note) in self.distances(given, *weights).items()
            ]
        )

    def _key(self, name: Key) -> Key:
        """The columns of the row of a distance."""
        if isinstance(name, tuple):
            return name
        return f"{self.metric}_sum" if name == SUM else (self.metric, name)

    @abstractmethod
    def distances(
        self, given: Given, truth_weights: np.ndarray, weights: np.ndarray
    ) -> Mapping[Any, tuple[np.ndarray, str]]:
        """Distances (1 + replicas,) of each observable and of all as SUM, each with a note.

        A distance of another metric has the columns (metric, observable) or (metric, observable,
        bin) of its row instead of the name of the observable.

        Arguments:
            given: What the analysis is given.
            truth_weights, weights: The weights of the entries of truth and sample in the set
                itself and in each replica (1 + replicas, N), rows with sum 1.
        """


def groups_of(sample: SampleFiles) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The groups of related entries of truth and sample; None if they are not known."""
    tests = sample.cross_fitted if "weights" in sample.paths else []
    if not tests:
        return None, None
    weights = sample.weights(*tests[0])
    return weights.truth.group, weights.sample.group
