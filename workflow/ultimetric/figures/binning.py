"""Bins that the statistics at hand can fill, and how an observable's axis is named."""

from __future__ import annotations

import numpy as np

from ultimetric.observables import Observable, histogram

# Published binnings are made for 100k showers; fewer showers need fewer bins.
SHOWERS_PER_BIN = 50
FEWEST_BINS = 20


def readable_edges(
    edges: np.ndarray, values: np.ndarray, showers_per_bin: int = SHOWERS_PER_BIN
) -> np.ndarray:
    """Merge neighbouring bins by the smallest whole factor that fills the typical bin.

    Arguments:
        edges: bin edges of the observable.
        values: of the truth, or of the smallest set shown (N,).
        showers_per_bin: that the typical bin should hold.
    """
    bins = len(edges) - 1
    for factor in (k for k in range(1, bins + 1) if bins % k == 0):
        merged = edges[::factor]
        counts, _ = histogram(values, merged)
        if _typical(counts) >= showers_per_bin or bins // factor <= FEWEST_BINS:
            break
    return merged


def _typical(counts: np.ndarray) -> float:
    """Contents of the bin that the median shower lies in."""
    order = np.sort(counts)
    return order[np.searchsorted(np.cumsum(order), counts.sum() / 2)]


def axis_label(observable: Observable) -> str:
    """Label with its unit."""
    return f"{observable.label} ({observable.unit})" if observable.unit else observable.label
