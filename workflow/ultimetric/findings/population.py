"""The truth or the sample in the form that the search for findings needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ultimetric.classifiers.weights import Side
from ultimetric.data.spectra import as_numbers
from ultimetric.events import Events
from ultimetric.findings.cells import bins, condition_groups
from ultimetric.kinds.base import Kind
from ultimetric.kinds.observables import Rows, having
from ultimetric.seeds import seed_from


@dataclass(frozen=True)
class Population:
    """N entries.

    Arguments:
        condition: The conditions (N,), or 0 for each entry.
        values: The observables by name, each (N,), nan of entries that do not have it; the
            condition is none of them.
        w: The calibrated out-of-fold weights p_truth/p_sample (N,).
        condition_name: The name of the condition; None if there is none.
        classes: Whether the condition is the number of a class.
    """

    condition: np.ndarray
    values: dict[str, np.ndarray]
    w: np.ndarray
    condition_name: str | None
    classes: bool = False

    def __len__(self) -> int:
        return len(self.condition)

    @property
    def discrete(self) -> bool:
        """Whether conditions are discrete, so that entries are compared at equal condition."""
        return self.classes or self.condition_name is None

    def of(self, name: str) -> np.ndarray:
        """An observable, or the condition (N,)."""
        return self.condition if name == self.condition_name else self.values[name]

    def among(self, rows: Rows) -> Population:
        """Some of the entries."""
        values = {name: x[rows] for name, x in self.values.items()}
        return replace(self, condition=self.condition[rows], values=values, w=self.w[rows])

    def having(self, name: str) -> Population:
        """The entries that have an observable."""
        return self.among(having(self.of(name)))

    def groups(self) -> np.ndarray:
        """Number of the group of entries of similar condition that each one is of (N,)."""
        return self._classes() if self.discrete else condition_groups(self.condition)

    def ranges(self, levels: Sequence[float], fewest: int) -> np.ndarray:
        """Number of the range of conditions (N,); of classes each is a range of its own.

        Arguments:
            levels, fewest: As of `inner_edges`.
        """
        return self._classes() if self.discrete else bins(self.condition, levels, fewest)

    def _classes(self) -> np.ndarray:
        return np.unique(self.condition, return_inverse=True)[1]


def population(events: Events, values: dict[str, np.ndarray], side: Side) -> Population:
    """The population of those entries that have weights.

    Arguments:
        events: The entries (N).
        values: Their observables by name, each (N,).
        side: The weights of some of them.
    """
    rows = side.index
    chosen = {name: x[rows] for name, x in values.items()}
    return of_kind(events.kind, as_numbers(events.condition)[rows], chosen, side.w)


def of_kind(
    kind: Kind, condition: np.ndarray, values: dict[str, np.ndarray], w: np.ndarray
) -> Population:
    """Entries of a kind; see `Population` for the arguments."""
    known = kind.condition
    name = None if known is None else known.name
    return Population(condition, values, w, name, known is not None and known.classes is not None)


def counted_once(one: Population, groups: np.ndarray) -> Population:
    """One entry of each group of related ones, so that no test counts an entry twice.

    It is any of them, not the first: of the jets of a collision, files have the hardest first.

    Arguments:
        one: The entries (N,).
        groups: The number of the group of related entries that each entry is of (N,).
    """
    order = np.random.default_rng(seed_from("counted once")).permutation(len(groups))
    return one.among(np.sort(order[np.unique(groups[order], return_index=True)[1]]))


def pooled(truth: Population, sample: Population) -> Population:
    """Both together, truth first."""
    return replace(
        truth,
        condition=np.concatenate([truth.condition, sample.condition]),
        values={
            name: np.concatenate([x, sample.values[name]]) for name, x in truth.values.items()
        },
        w=np.concatenate([truth.w, sample.w]),
    )
