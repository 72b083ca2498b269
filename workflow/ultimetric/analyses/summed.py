"""Distances that follow from sums over the entries of truth and sample, with p-values."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.distances import groups_of
from ultimetric.analyses.given import Given
from ultimetric.analyses.null import NULL, NULL_LIMITS, tested
from ultimetric.statistics.additive import Blocks


class Summed(Analysis):
    """Distances between two sets of sums over entries; a subclass defines both.

    The numbers are those of `null.tested`. Replicas and exchanges are those of about 50 random
    blocks of entries of each set (`statistics.additive`); related entries share a block.

    Options:
        permutations: The size of the null distribution, default 199.
        replicas: The number of bootstrap replicas, default 100.

    Attributes:
        method: The text of the column `method`.
        metrics: The names of the distances.
    """

    needs: ClassVar[tuple[str, ...]] = ("truth", "sample", "observables")
    optional: ClassVar[tuple[str, ...]] = ("weights",)
    defaults: ClassVar[dict[str, Any]] = NULL
    limits: ClassVar[dict[str, str]] = NULL_LIMITS
    method: ClassVar[str]
    metrics: ClassVar[tuple[str, ...]]

    def run(self, given: Given) -> Result:
        sizes, groups = (
            (len(given.dataset.truth), len(given.sample.events)),
            groups_of(given),
        )
        known = [group for group in groups if group is not None]
        rng = given.rng("metric")
        blocks = Blocks.of(
            np.repeat([True, False], sizes), rng, np.concatenate(known) if known else None
        )
        sums = self.sums(given, blocks)
        replicas, permutations = self.options["replicas"], self.options["permutations"]
        found = blocks.distances(sums, self.distances, replicas, permutations, rng)
        where, rows = given.where(self.method), []
        for metric, values in zip(self.metrics, found.T, strict=True):
            split = values[1 : 1 + replicas], values[1 + replicas :]
            numbers = tested(metric, float(values[0]), *split, f"{len(blocks)} blocks")
            rows += [x.row(where, name, n_test=sum(sizes)) for name, x in numbers.items()]
        return Result(rows)

    @abstractmethod
    def sums(self, given: Given, blocks: Blocks) -> np.ndarray:
        """The sums (M, V) over the entries of each part of the blocks; truth comes first."""

    @abstractmethod
    def distances(self, truth: np.ndarray, sample: np.ndarray) -> np.ndarray:
        """The distances (K,) from the sums (V,) over all entries of both sets."""
