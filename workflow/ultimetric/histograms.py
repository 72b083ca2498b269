"""Histograms whose first and last bins contain under- and overflow, or that drop these."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array


def bin_numbers(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The number of the bin of each value; under- and overflow are in the first and last bin."""
    return np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)


def numbers_inside(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The number of the bin of each value; -1 for nan, and outside the edges.

    The last edge belongs to the last bin, as in `np.histogram`.

    >>> numbers_inside(np.array([-1.0, 0.0, 1.0, 2.0, 2.5, np.nan]), np.array([0.0, 1.0, 2.0]))
    array([-1,  0,  1,  1, -1, -1])
    """
    inside = (values >= edges[0]) & (values <= edges[-1])
    return np.where(inside, bin_numbers(values, edges), -1)


def bin_matrix(numbers: np.ndarray, n_bins: int) -> csr_array:
    """A matrix (N, n_bins) that is 1 where an entry is in a bin; -1 is in none.

    Arguments:
        numbers: The number of the bin of each entry (N,).
        n_bins: The number of bins.
    """
    inside = numbers >= 0
    rows = np.r_[0, np.cumsum(inside)]
    chosen = numbers[inside]
    return csr_array((np.ones(len(chosen)), chosen, rows), shape=(len(numbers), n_bins))


def row_counts(rows: np.ndarray, numbers: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """How often each row has each bin (n_rows, n_bins).

    Arguments:
        rows, numbers: The row and the bin of each value.
        shape: The numbers of rows and of bins.
    """
    counts = np.bincount(rows * shape[1] + numbers, minlength=shape[0] * shape[1])
    return counts.reshape(shape)


def histogram(
    values: np.ndarray, edges: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """A histogram (n_bins,) and its variances; under- and overflow are in the outer bins.

    >>> histogram(np.array([-5.0, 0.5, 2.0, 9.0]), np.array([0.0, 1.0, 2.0]))[0]
    array([2., 2.])
    """
    weights = np.ones(len(values)) if weights is None else weights
    bins, n_bins = bin_numbers(values, edges), len(edges) - 1
    return np.bincount(bins, weights, n_bins), np.bincount(bins, weights**2, n_bins)
