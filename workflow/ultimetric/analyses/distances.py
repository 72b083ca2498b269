"""Distances of truth and sample in every observable, with errors from bootstrap replicas."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Key, Number
from ultimetric.kinds.observables import Columns, Rows, having
from ultimetric.statistics.bootstrap import REPLICAS, bootstrap_weights

SUM = "sum"  # of the distances in all observables


class Distances(Analysis):
    """A distance in each observable and their sum; a subclass defines the distance.

    With finite numbers of entries, distances of equal distributions are above 0, too: compare them
    with those of the truth-vs-truth baseline for equal numbers. The error is the standard
    deviation over Poisson bootstrap replicas of the events. Entries without an observable are left
    out of its distance; an observable that all of truth or all of the sample lack has none.

    Options:
        replicas: The number of bootstrap replicas, default 100.

    Attributes:
        method: The text of the column `method`.
        metric: The name of the distance; the name of the sum ends in `_sum`.
    """

    needs: ClassVar[tuple[str, ...]] = ("truth", "sample", "observables")
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
            for size, group in zip(sizes, groups_of(given), strict=True)
        ]
        return Result(
            [
                Number(
                    found[0], float(found[1:].std(ddof=1)), n_test=sum(sizes_of(given, name))
                ).row(
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


@dataclass(frozen=True)
class Compared:
    """One observable of the entries of truth and sample that have it.

    Arguments:
        truth, sample: Its values (n,).
        truth_weights, weights: The weights (R, n) of these entries, rows with sum 1.
    """

    truth: np.ndarray
    sample: np.ndarray
    truth_weights: np.ndarray
    weights: np.ndarray


def compared(
    truth: Columns, sample: Columns, truth_weights: np.ndarray, weights: np.ndarray
) -> Iterator[tuple[str, Compared]]:
    """Each observable that entries of both sets have, with the entries that have it.

    Arguments:
        truth, sample: The values of each observable (N,).
        truth_weights, weights: The weights (R, N) of all entries, rows with sum 1.
    """
    for name, values in truth.items():
        sets = (values, truth_weights), (sample[name], weights)
        chosen = [_chosen(x, w, having(x)) for x, w in sets]
        if all(len(x) for x, _ in chosen):
            (first, first_weights), (second, second_weights) = chosen
            yield name, Compared(first, second, first_weights, second_weights)


def _chosen(x: np.ndarray, weights: np.ndarray, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """The values of chosen entries, and their weights (R, n), rows with sum 1."""
    if isinstance(rows, slice):
        return x, weights
    some = weights[:, rows]
    total = some.sum(1, keepdims=True)
    # In a replica without any of them, all count alike.
    return x[rows], np.where(total > 0, some, 1) / np.where(total > 0, total, rows.sum())


def rows_of(given: Given, observable: Any) -> tuple[Rows, Rows]:
    """The entries of truth and sample that have an observable, or all if it is none."""
    known = given.dataset.kind.observables.get(observable)
    if known is None or not known.partial:
        return slice(None), slice(None)
    tables = given.dataset.truth_observables, given.sample.observables
    first, second = (having(table[observable]) for table in tables)
    return first, second


def sizes_of(given: Given, observable: Any) -> tuple[int, int]:
    """The numbers of the entries of `rows_of`."""
    sets = given.dataset.truth, given.sample.events
    first, second = (
        len(x) if isinstance(rows, slice) else int(rows.sum())
        for x, rows in zip(sets, rows_of(given, observable), strict=True)
    )
    return first, second


def groups_of(given: Given) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The groups of related entries (N,) of truth and sample; None if they are not known.

    Entries of inputs that only some have are related as the classifiers of these inputs found.
    """
    sample = given.sample
    tests = sample.cross_fitted if "weights" in sample.paths else []
    if not tests:
        return None, None
    sizes = len(given.dataset.truth), len(sample.events)
    label = np.full(sum(sizes), -1)  # truth first
    for test in tests:
        weights = sample.weights(*test)
        index = np.concatenate([weights.truth.index, sizes[0] + weights.sample.index])
        if len(index) == len(label):
            return weights.truth.group, weights.sample.group
        if weights.group is not None:
            new = label[index] < 0
            label[index[new]] = label.max() + 1 + weights.group[new]
    alone = label < 0
    label[alone] = label.max() + 1 + np.arange(alone.sum())
    first, second = np.split(label, sizes[:1])
    return first, second
