"""Histograms whose first and last bins contain under- and overflow."""

from __future__ import annotations

import numpy as np


def bin_numbers(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The number of the bin of each value; under- and overflow are in the first and last bin."""
    return np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)


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
