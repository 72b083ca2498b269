"""Showers that belong together without being alike: they stay in one fold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def linked(*labels: np.ndarray, pairs: np.ndarray | None = None) -> np.ndarray:
    """Groups (N,) of showers that are linked, directly or through others.

    Arguments:
        labels: showers that share any of several labels (N,) are linked.
        pairs: numbers of showers (2, n) that are linked besides.

    Returns:
        number of the group (N,), in the order of their first showers.
    """
    numbers = np.arange(len(labels[0]))
    links = [] if pairs is None else [pairs]
    for label in labels:
        _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
        links.append(np.stack([numbers, first[inverse]]))
    both = np.concatenate(links, axis=1)
    graph = coo_array((np.ones(both.shape[1]), tuple(both)), shape=(len(numbers), len(numbers)))
    return connected_components(graph, directed=False)[1]


def versions(conditions: Sequence[np.ndarray]) -> np.ndarray:
    """Labels (N,) of showers; those of one row of sets with the same conditions have one.

    Such sets are versions of the same showers: handed on, preprocessed there and back, or with a
    planted fault.

    Arguments:
        conditions: of the entries of each set (N, C); without any, no set is a version of another.
    """
    labels, known, total = [], [], 0
    for condition in conditions:
        same = (label for other, label in known if np.array_equal(condition, other))
        label = next(same, None) if condition.size else None
        if label is None:
            label = total + np.arange(len(condition))
            known.append((condition, label))
        labels.append(label)
        total += len(condition)
    return np.concatenate(labels)
