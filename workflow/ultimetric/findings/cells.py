"""Bins of truth and sample together, which do not depend on the labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Entries of similar condition among which an observable is ranked.
ENTRIES_PER_GROUP = 200
# A value that this share of the entries has, such as the 0 of something absent, stays apart.
FREQUENT = 0.1


def inner_edges(values: np.ndarray, levels: Sequence[float], fewest: int) -> np.ndarray:
    """Edges between bins at the given quantiles; a bin with fewer values joins its neighbour.

    Each edge is the smallest value of its bin. A value that spans two or more levels, such as the
    0 of empty layers, has a bin of its own.

    Arguments:
        values: The values of all entries (N,).
        levels: Quantiles, rising.
        fewest: The number of values that each bin must hold.
    """
    ordered = np.sort(values)
    edges = ordered[(np.asarray(levels) * len(ordered)).astype(int)] if len(ordered) else ordered
    repeated = edges[1:][edges[1:] == edges[:-1]]
    kept, below = [], 0
    for edge in np.union1d(edges, np.nextafter(repeated, np.inf)):
        under = np.searchsorted(ordered, edge)
        if under - below >= fewest and len(ordered) - under >= fewest:
            kept.append(edge)
            below = under
    return np.array(kept)


def bins(values: np.ndarray, levels: Sequence[float], fewest: int) -> np.ndarray:
    """Number of the bin of each value (N,)."""
    return np.searchsorted(inner_edges(values, levels, fewest), values, side="right")


def nested_bins(
    values: np.ndarray, groups: np.ndarray, levels: Sequence[float], fewest: int
) -> np.ndarray:
    """Number of the bin of each value among those of its own group (N,), no two groups alike."""
    result, first = np.empty(len(values), dtype=np.int64), 0
    for group in np.unique(groups):
        rows = groups == group
        result[rows] = first + bins(values[rows], levels, fewest)
        first = result[rows].max() + 1
    return result


def even(n_bins: int) -> np.ndarray:
    """Levels of bins of equal content."""
    return np.arange(1, n_bins) / n_bins


def condition_groups(condition: np.ndarray) -> np.ndarray:
    """Number of the group of about ENTRIES_PER_GROUP entries of similar condition (N,)."""
    n_groups = max(1, len(condition) // ENTRIES_PER_GROUP)
    return bins(condition, even(n_groups), ENTRIES_PER_GROUP // 2)


def quantile_ranks(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Quantile of each value within its group, (rank - 1/2)/n; equal values share theirs (N,).

    >>> quantile_ranks(np.array([3.0, 1.0, 2.0, 2.0, 7.0]), np.array([0, 0, 0, 0, 1]))
    array([0.875, 0.125, 0.5  , 0.5  , 0.5  ])
    """
    order = np.lexsort((values, groups))
    x, group = values[order], groups[order]
    new = np.r_[True, (x[1:] != x[:-1]) | (group[1:] != group[:-1])]
    run = np.cumsum(new) - 1
    start = np.flatnonzero(new)
    middle = (start + np.r_[start[1:], len(x)]) / 2
    counts = np.bincount(group)
    before = np.cumsum(counts) - counts
    result = np.empty(len(x))
    result[order] = (middle[run] - before[group]) / counts[group]
    return result


def categories(
    values: np.ndarray,
    groups: np.ndarray,
    ranges: np.ndarray,
    levels: Sequence[float],
    fewest: int,
) -> np.ndarray:
    """Bin of each entry (N,) by its rank among those of similar condition.

    Arguments:
        values: The values of the observable (N,).
        groups: The number of the group of similar condition (N,).
        ranges: The number of the range of conditions, each with bins of its own (N,).
        levels, fewest: As of `inner_edges`.
    """
    _, value, counts = np.unique(values, return_inverse=True, return_counts=True)
    limit = FREQUENT * len(values)
    frequent, rare = np.flatnonzero(counts >= limit), counts[value] < limit
    result = ranges * len(frequent) + np.searchsorted(frequent, value)
    ranks = quantile_ranks(values[rare], groups[rare])
    first = (ranges.max() + 1) * len(frequent)
    result[rare] = first + nested_bins(ranks, ranges[rare], levels, fewest)
    return result
