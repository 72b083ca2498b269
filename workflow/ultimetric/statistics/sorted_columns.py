"""Distances of two samples in many columns, for many weightings of their entries at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

AT_ONCE = 16  # weightings, so that those of all entries fit in the processor's cache
# A distance (R,) from the differences (N - 1, R) of two cumulative distributions between ordered
# values and the gaps (N - 1,) between these.
Measure = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class SortedColumns:
    """The values of all entries of both samples, sorted once for all weightings.

    Arguments:
        order: The numbers of the entries in the order of their values, for each column (K, N).
        gaps: The differences of successive values (K, N - 1).
    """

    order: np.ndarray
    gaps: np.ndarray

    @classmethod
    def of(cls, columns: np.ndarray) -> SortedColumns:
        """Sort values (N, K)."""
        rows = np.ascontiguousarray(columns.T)
        order = np.argsort(rows, axis=1, kind="stable").astype(np.int32)
        return cls(order, np.diff(np.take_along_axis(rows, order, axis=1), axis=1))

    def distances(self, weights: np.ndarray, measure: Measure) -> np.ndarray:
        """The distance in each column for each weighting, (R, K).

        Arguments:
            weights: The weights (R, N) of the entries, those of the second sample negative; the
                weights of either sample add up to 1, or -1.
            measure: The distance.
        """
        found = np.empty((len(weights), len(self.order)))
        for start in range(0, len(weights), AT_ONCE):
            rows = slice(start, start + AT_ONCE)
            chosen = np.ascontiguousarray(weights[rows].T, dtype=np.float64)
            for column, (order, gaps) in enumerate(zip(self.order, self.gaps, strict=True)):
                difference = chosen[order]
                np.cumsum(difference, axis=0, out=difference)
                found[rows, column] = measure(difference[:-1], gaps)
        return found


def kolmogorov_smirnov(difference: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """The largest difference of the cumulative distributions; equal values are one step."""
    np.abs(difference, out=difference)
    return np.max(difference if (gaps > 0).all() else difference[gaps > 0], axis=0, initial=0)


def wasserstein(difference: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """The area between the cumulative distributions."""
    return gaps @ np.abs(difference, out=difference)


def opposed(truth_weights: np.ndarray, sample_weights: np.ndarray) -> np.ndarray:
    """Weights (R, N) of truth and sample together, from those of both (R, n), rows with sum 1."""
    return np.concatenate([truth_weights, -sample_weights], axis=1)


def opposed_labels(truth: np.ndarray) -> np.ndarray:
    """Weights (R, N) of entries that are (R, N) of the truth or not."""
    n_truth = truth.sum(1, keepdims=True)
    return np.where(truth, 1 / n_truth, -1 / (truth.shape[1] - n_truth))


def directions(dimensions: int, number: int, rng: np.random.Generator) -> np.ndarray:
    """Directions (dimensions, number) of length 1, evenly distributed over the sphere."""
    drawn = rng.normal(size=(dimensions, number))
    return drawn / np.linalg.norm(drawn, axis=0)
