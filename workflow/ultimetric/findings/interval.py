"""The interval of one observable in which the entries of a tail lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultimetric.findings.cells import even, inner_edges

BINS = 40
FEWEST = 5
# Levels of the bins that truth and sample are compared in: finer at the ends, where tails are.
ENDS = (0.0025, 0.005, 0.01, *even(BINS), 0.99, 0.995, 0.9975)


@dataclass(frozen=True)
class Interval:
    """A range of an observable, or the outside of a range.

    Arguments:
        low, high: The smallest and the largest value of the range; infinite where it has no
            end, but both finite if it is a single value.
        outside: Whether the outside of the range is meant.
        tail: The share of the tail's entries there.
        others: The share of the other entries there.
    """

    low: float
    high: float
    outside: bool
    tail: float
    others: float

    @property
    def clarity(self) -> float:
        """The share of the tail minus that of the others (Youden's J)."""
        return self.tail - self.others

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Whether values (N,) are in it."""
        return ((values >= self.low) & (values <= self.high)) != self.outside


def find_interval(values: np.ndarray, inside: np.ndarray) -> Interval:
    """The range of bins, or the outside of one, that separates the tail best from the others.

    Arguments:
        values: The values of the entries (N,).
        inside: Whether entries (N,) are in the tail; some are, but not all.
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
        return Interval(-np.inf, np.inf, False, 1.0, 1.0)
    # A range that has an end on one side only is not described as the outside of another.
    outside = bool(-gains.min() > gains.max() + 1e-9)
    chosen = np.unravel_index(np.argmin(gains) if outside else np.argmax(gains), gains.shape)
    return _interval(values, number, inside, chosen, outside)


def most_different(values: np.ndarray, is_truth: np.ndarray) -> tuple[Interval, float]:
    """The range of bins with the most significant excess or deficit of truth.

    Arguments:
        values: The values of truth and sample (N,).
        is_truth: Whether entries (N,) are truth; some are, but not all.

    Returns:
        The range, with the shares of the truth (`tail`) and of the sample (`others`) in it, and
        the excess of truth in standard deviations.
    """
    number = np.searchsorted(inner_edges(values, ENDS, FEWEST), values, side="right")
    n_bins = number.max() + 1
    n_truth, n_sample = is_truth.sum(), (~is_truth).sum()
    truth = np.r_[0, np.cumsum(np.bincount(number[is_truth], minlength=n_bins))]
    sample = np.r_[0, np.cumsum(np.bincount(number[~is_truth], minlength=n_bins))]
    truth, sample = (x[None, :] - x[:, None] for x in (truth, sample))
    share = np.clip((truth + sample) / (n_truth + n_sample), 0, 1)
    error = np.sqrt(share * (1 - share) * (1 / n_truth + 1 / n_sample))
    excess = truth / n_truth - sample / n_sample
    significance = np.triu(np.divide(excess, error, out=np.zeros_like(error), where=error > 0))
    chosen = np.unravel_index(np.argmax(np.abs(significance)), significance.shape)
    if significance[chosen] == 0:
        return Interval(-np.inf, np.inf, False, 1.0, 1.0), 0.0
    clearest, (start, stop) = float(significance[chosen]), chosen
    if share[chosen] > 0.5 and (start == 0) != (stop == n_bins):
        # Of two ends, the one with fewer entries.
        start, stop = (stop, n_bins) if start == 0 else (0, start)
        clearest = -clearest
    return _interval(values, number, is_truth, (start, stop), False), clearest


def _interval(
    values: np.ndarray,
    number: np.ndarray,
    inside: np.ndarray,
    chosen: tuple[np.intp, ...],
    outside: bool,
) -> Interval:
    """The bins from the first to before the second one chosen, or all outside of them."""
    start, stop = chosen
    within = (number >= start) & (number < stop)
    there = ~within if outside else within
    low, high = values[within].min(), values[within].max()
    return Interval(
        low=float(low) if start > 0 or low == high else -np.inf,
        high=float(high) if stop <= number.max() or low == high else np.inf,
        outside=outside,
        tail=float(there[inside].mean()),
        others=float(there[~inside].mean()),
    )
