"""Families of observables that are almost the same."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

from ultimetric.kinds.observables import having

ALIKE = 0.9


def families(values: dict[str, np.ndarray]) -> dict[str, int]:
    """Number of the family of each observable, from 1: any two members have |Spearman| >= 0.9.

    Arguments:
        values: Observables of the truth by name, each (N,).
    """
    if len(values) < 2:
        return dict.fromkeys(values, 1)
    distance = 1 - np.minimum(np.abs(spearman(np.column_stack(list(values.values())))), 1)
    tree = linkage(squareform(distance, checks=False), method="complete")
    numbers = fcluster(tree, 1 - ALIKE, criterion="distance")
    return dict(zip(values, numbers.tolist(), strict=True))


def spearman(columns: np.ndarray) -> np.ndarray:
    """Rank correlations (D, D) of columns (N, D); 0 with a constant.

    Where a value is nan, correlations are those of the rows that have both columns.
    """
    partial = np.flatnonzero(np.isnan(columns).any(0))
    found = _of_complete(np.where(np.isnan(columns), 0, columns))
    for first in partial:
        for second in range(columns.shape[1]):
            pair = columns[:, [first, second]]
            both = pair[having(*pair.T)]
            value = _of_complete(both)[0, 1] if len(both) > 1 else 0.0
            found[first, second] = found[second, first] = value
    return found


def _of_complete(columns: np.ndarray) -> np.ndarray:
    ranks = rankdata(columns, axis=0)
    ranks -= ranks.mean(0)
    length = np.linalg.norm(ranks, axis=0)
    ranks /= np.where(length > 0, length, 1)
    return ranks.T @ ranks
