"""Where, in one observable, the showers of a tail lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultimetric.failures.cells import even, inner_edges

BINS = 40
FEWEST = 5


@dataclass(frozen=True)
class Place:
    """A range of an observable, or all outside of one.

    Arguments:
        low, high: smallest and largest value of the range; infinite where it has no end, but
            both finite if it is a single value.
        outside: whether the place is outside, not inside, the range.
        tail: share of the tail's showers there.
        others: share of the other showers there.
    """

    low: float
    high: float
    outside: bool
    tail: float
    others: float

    @property
    def clarity(self) -> float:
        """How much more of the tail than of the others is there (Youden's J)."""
        return self.tail - self.others

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Which values are there (N,)."""
        return ((values >= self.low) & (values <= self.high)) != self.outside


def find_place(values: np.ndarray, inside: np.ndarray) -> Place:
    """The range of bins, or the outside of one, that tells the tail best from the others.

    Arguments:
        values: of the showers (N,).
        inside: which are in the tail (N,), some but not all.
    """
    number = np.searchsorted(inner_edges(values, even(BINS), FEWEST), values, side="right")
    n_bins = number.max() + 1
    tail = np.bincount(number[inside], minlength=n_bins) / inside.sum()
    others = np.bincount(number[~inside], minlength=n_bins) / (~inside).sum()
    # Over all bins the differences sum to zero: outside a range they are minus those inside.
    below = np.concatenate([[0.0], np.cumsum(tail - others)])
    gains = below[None, :] - below[:, None]
    gains[np.tril_indices(n_bins + 1)] = 0
    if not gains.any():
        return Place(-np.inf, np.inf, False, 1.0, 1.0)
    # A range that has an end on one side only is not described as the outside of another.
    outside = bool(-gains.min() > gains.max() + 1e-9)
    start, stop = np.unravel_index(np.argmin(gains) if outside else np.argmax(gains), gains.shape)
    chosen = (number >= start) & (number < stop)
    there = ~chosen if outside else chosen
    low, high = values[chosen].min(), values[chosen].max()
    return Place(
        low=float(low) if start > 0 or low == high else -np.inf,
        high=float(high) if stop < n_bins or low == high else np.inf,
        outside=outside,
        tail=float(there[inside].mean()),
        others=float(there[~inside].mean()),
    )
