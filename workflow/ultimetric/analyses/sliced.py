"""Distances of truth and sample in single columns, averaged, with p-values (arXiv:2409.16336)."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from ultimetric.analyses.base import Result
from ultimetric.analyses.given import Given
from ultimetric.analyses.joint import (
    JOINT,
    JOINT_LIMITS,
    Joint,
    Points,
    groups_of_both,
    standardised,
)
from ultimetric.analyses.null import NULL, NULL_LIMITS, tested
from ultimetric.analyses.numbers import Number
from ultimetric.statistics.bootstrap import bootstrap_weights
from ultimetric.statistics.permutations import permuted_labels
from ultimetric.statistics.sorted_columns import (
    SortedColumns,
    directions,
    opposed,
    opposed_labels,
)

DIRECTIONS = 100


class Averaged(Joint):
    """The mean of a distance over columns made of the inputs; a subclass defines both.

    Inputs are in units of the truth's standard deviations. The numbers are those of
    `null.tested`; labels are exchanged at random for their null distribution, those of related
    entries together. The mean is above 0 also for equal distributions. Factors that depend on the
    numbers of entries only, which the paper has, are left out.

    Options:
        inputs, events: As of `Joint`.
        permutations: The size of the null distribution, default 199.
        replicas: The number of bootstrap replicas, default 100.

    Attributes:
        metric: The name of the mean.
    """

    method: ClassVar = "columns"
    metric: ClassVar[str]
    defaults: ClassVar[dict[str, Any]] = {**JOINT, **NULL}
    limits: ClassVar[dict[str, str]] = {**JOINT_LIMITS, **NULL_LIMITS}

    def numbers(
        self, truth: Points, sample: Points, rng: np.random.Generator
    ) -> dict[str, Number]:
        replicas, permutations = self.options["replicas"], self.options["permutations"]
        columns = self.columns(np.concatenate(standardised(truth, sample)))
        label = np.repeat([True, False], [len(truth), len(sample)])
        group = groups_of_both(truth, sample)
        drawn = (bootstrap_weights(len(x), replicas, rng, x.group) for x in (truth, sample))
        exchanged = permuted_labels(label, permutations, rng, group)
        weights = np.concatenate([opposed(*drawn), opposed_labels(exchanged)])
        found = SortedColumns.of(columns).distances(weights, self.measure).mean(1)
        return tested(
            self.metric,
            float(found[0]),
            found[1 : 1 + replicas],
            found[1 + replicas :],
            f"{columns.shape[1]} {self.method}",
        )

    @abstractmethod
    def columns(self, values: np.ndarray) -> np.ndarray:
        """The columns (N, K) of standardised inputs (N, D)."""

    @abstractmethod
    def measure(self, difference: np.ndarray, gaps: np.ndarray) -> np.ndarray:
        """The distance (R,) in one column, a `sorted_columns.Measure`."""


class Sliced(Averaged):
    """The mean of a distance over projections of the inputs on random directions.

    All samples of a dataset have the same directions.

    Options:
        inputs, events, permutations, replicas: As of `Averaged`.
        directions: The number of directions, default 100.
    """

    method: ClassVar = "directions"
    defaults: ClassVar[dict[str, Any]] = {**JOINT, **NULL, "directions": DIRECTIONS}
    limits: ClassVar[dict[str, str]] = {
        **JOINT_LIMITS,
        **NULL_LIMITS,
        "directions": "whole >= 1",
    }

    def __init__(self, options: dict[str, Any], card: dict[str, Any] | None = None) -> None:
        super().__init__(options, card)
        self.seed = 0

    def run(self, given: Given) -> Result:
        self.seed = given.seed_of(given.dataset.name, "directions")
        return super().run(given)

    def columns(self, values: np.ndarray) -> np.ndarray:
        rng = np.random.default_rng(self.seed)
        chosen = directions(values.shape[1], self.options["directions"], rng)
        return values @ chosen.astype(np.float32)
