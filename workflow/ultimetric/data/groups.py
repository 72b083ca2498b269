"""Groups of related showers, which need not be alike: each group stays in one fold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def connected_groups(*labels: np.ndarray, pairs: np.ndarray | None = None) -> np.ndarray:
    """Groups (N,) of showers that are connected, directly or through others.

    Arguments:
        labels: Several labels of each shower (N,); showers that share one of them are connected.
        pairs: The numbers (2, n) of further showers that are connected.

    Returns:
        The number of the group (N,), in the order of their first showers.
    """
    numbers = np.arange(len(labels[0]))
    links = [] if pairs is None else [pairs]
    for label in labels:
        _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
        links.append(np.stack([numbers, first[inverse]]))
    both = np.concatenate(links, axis=1)
    graph = coo_array((np.ones(both.shape[1]), tuple(both)), shape=(len(numbers), len(numbers)))
    return connected_components(graph, directed=False)[1]


def same_truth(conditions: Sequence[np.ndarray]) -> np.ndarray:
    """Labels (N,) of showers, the same for showers that are made of the same true shower.

    These are the showers of one row in sets with equal conditions: sets that pass true showers on
    unchanged, with a planted fault, or preprocessed and back.

    Arguments:
        conditions: The conditions (N, C) of the entries of each set; without conditions all labels
            differ.
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
