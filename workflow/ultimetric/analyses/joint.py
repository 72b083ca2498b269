"""Distances of truth and sample in all inputs together."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.distances import groups_of
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Number
from ultimetric.classifiers.subset import Subset
from ultimetric.events import Events
from ultimetric.kinds.observables import Columns
from ultimetric.observed import ChosenRows, JoinedTables, inputs_of

FEW = 20_000  # entries below which a distance depends much on their number
CHOICE = "entries"  # the random numbers that choose some of them
JOINT = {"inputs": "challenge_high", "events": None}  # options of all such analyses
JOINT_LIMITS = {"events": "whole >= 2 or null"}


@dataclass(frozen=True)
class Points:
    """The inputs of the entries of truth or of a sample.

    Arguments:
        values: The inputs (N, D), float32.
        group: The labels (N,) of groups of related entries, which may have entries of both sets;
            None if they are not known.
    """

    values: np.ndarray
    group: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.values)


class Joint(Analysis):
    """A distance of truth and sample in inputs of many numbers; a subclass defines the distance.

    With finite numbers of entries, distances of equal distributions depend on these numbers:
    compare them with those of the truth-vs-truth baseline for equal numbers.

    Options:
        inputs: The inputs, default challenge_high, or the first that are made of observables where
            there are none such.
        events: The largest number of entries of each set, default all. Of more, some are chosen
            at random.

    Attributes:
        method: The text of the column `method`.
    """

    needs: ClassVar = ("truth", "sample", "observables")
    optional: ClassVar = ("weights",)
    section: ClassVar = "Distances of all observables together"
    defaults: ClassVar[dict[str, Any]] = JOINT
    limits: ClassVar[dict[str, str]] = JOINT_LIMITS
    method: ClassVar[str]

    def run(self, given: Given) -> Result:
        dataset, of = given.dataset, given.sample
        tables = dataset.truth_observables, of.observables
        parts = dataset.truth, of.events
        chosen = Subset.of(self.options["inputs"], parts, JoinedTables(tables))
        seeds = given.seed_of(dataset.name, CHOICE), given.seed_of(dataset.name, of.name, CHOICE)
        truth, sample = (
            self._points(
                events, ChosenRows(table, rows), None if group is None else group[rows], seed
            )
            for events, table, rows, group, seed in zip(
                chosen.parts, tables, chosen.index, groups_of(given), seeds, strict=True
            )
        )
        where = given.where(self.method, self.options["inputs"])
        numbers = self.numbers(truth, sample, given.rng("metric"))
        n_test = len(truth) + len(sample)
        return Result([x.row(where, metric, n_test=n_test) for metric, x in numbers.items()])

    @abstractmethod
    def numbers(
        self, truth: Points, sample: Points, rng: np.random.Generator
    ) -> dict[str, Number]:
        """The numbers by metric."""

    def _points(
        self, events: Events, table: Columns, group: np.ndarray | None, seed: int
    ) -> Points:
        """The inputs of entries, chosen at random if there are too many: files may be sorted."""
        name, most = self.options["inputs"], self.options["events"]
        if most is None or most >= len(events):
            return Points(inputs_of(name, events, table), group)
        rows = np.sort(np.random.default_rng(seed).permutation(len(events))[:most])
        few = {column: table[column][rows] for column in table}
        return Points(inputs_of(name, events[rows], few), None if group is None else group[rows])


def groups_of_both(truth: Points, sample: Points) -> np.ndarray | None:
    """The groups of the entries of both sets, truth first; None if they are not known."""
    if truth.group is None or sample.group is None:
        return None
    return np.concatenate([truth.group, sample.group])


def scaled(truth: Points, sample: Points) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (N, D) over the largest absolute values in the truth, float64, as in jetnet.

    Inputs that are 0 in all of the truth stay as they are.
    """
    largest = np.abs(truth.values).max(0).astype(np.float64)
    largest[largest == 0] = 1
    return truth.values / largest, sample.values / largest


def standardised(truth: Points, sample: Points) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (N, D) minus the truth's means, in units of its standard deviations, float32.

    Inputs that are constant in the truth keep their own unit.
    """
    values = truth.values
    centre, width = values.mean(0, dtype=np.float64), values.std(0, dtype=np.float64)
    # The spread, not the deviation, decides: rounding gives a constant a deviation.
    width[np.ptp(values, axis=0) == 0] = 1
    centre, width = centre.astype(np.float32), width.astype(np.float32)
    return (values - centre) / width, (sample.values - centre) / width


def counted(n_events: int) -> str:
    """The note of a distance that depends on the number of entries of each set."""
    few = "; compare with the baseline at this number only" if n_events < FEW else ""
    return f"{n_events} entries{few}"
