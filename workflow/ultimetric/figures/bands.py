"""The median and the central 68 % of something in bins of weights."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

QUANTILES = (*norm.cdf((-1, 0, 1)),)
FEWEST = 10  # entries of a bin that has a point


def equal_edges(w: np.ndarray, bins: int) -> np.ndarray:
    """The edges (bins + 1,) of bins with equal numbers of the weights (N,); nan without any."""
    return np.quantile(w, np.linspace(0, 1, bins + 1)) if len(w) else np.full(bins + 1, np.nan)


def bands(w: np.ndarray, values: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median w (bins,) and QUANTILES of values (3, bins); nan with fewer than FEWEST entries.

    Arguments:
        w, values: The weights, and the values in question, of entries (N,).
        edges: The edges of bins in w; the end bins take what lies outside.
    """
    bins = np.searchsorted(edges[1:-1], w, side="right")
    centre = np.full(len(edges) - 1, np.nan)
    found = np.full((len(QUANTILES), len(edges) - 1), np.nan)
    for k in range(len(edges) - 1):
        inside = bins == k
        if inside.sum() >= FEWEST:
            centre[k] = np.median(w[inside])
            found[:, k] = np.quantile(values[inside], QUANTILES)
    return centre, found
