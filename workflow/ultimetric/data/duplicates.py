"""Find related entries: exact and near duplicates, and those of one collision."""

from __future__ import annotations

from functools import partial
from hashlib import blake2b

import numpy as np
from scipy.spatial import cKDTree

from ultimetric.data.groups import connected_groups
from ultimetric.events import Entries, Events

PARTS = 16  # of the values of an entry; the largest value of each differs for most entries
COMPARED = 2**25  # values of pairs of entries that are compared at once
# Entries of magnitudes T and T' that are alike differ by at most d max(T, T') in each value, and
# so by little more than twice as much in values over magnitude.
REACH = 2.01
NEAREST = (4, 16, 64)  # near entries that are compared with each one, in turn
# Entries with fewer values that matter, such as pions in one or two cells, are alike by chance.
FEWEST_VALUES = 5


def related_groups(events: Events) -> np.ndarray:
    """Labels (N,) that related entries share: duplicates, and entries of one group, such as the
    jets of one collision. Related entries stay in one fold and count once.
    """
    labels = duplicate_groups(events)
    return labels if events.group is None else connected_groups(labels, events.group)


def copies(events: Events, others: Events) -> np.ndarray:
    """Whether entries (N,) are exact duplicates of others; entries of magnitude 0 never are.

    Arguments:
        events: The entries.
        others: The others, of the same kind; if the kind has no duplicates, there are no copies.
    """
    if events.kind.near_duplicate is None:
        return np.zeros(len(events), dtype=bool)
    own, known = (x.each(_digests_of_block) for x in (events, others))
    return (own > 0) & np.isin(own, known)


def duplicate_groups(events: Events) -> np.ndarray:
    """Labels (N,) that exact and near duplicates share; a kind may have none.

    Two entries are near duplicates if neither their magnitudes nor any value differ by more than
    `near_duplicate` of the kind, in units of the magnitude, and at least FEWEST_VALUES of its
    values exceed this difference; with 0 only exact duplicates are found. Entries of magnitude 0,
    such as empty events, are never duplicates.
    """
    distance = events.kind.near_duplicate
    numbers = np.arange(len(events))
    if distance is None:
        return numbers
    known = events.each(partial(_marks, distance=distance))
    magnitude = known["magnitude"]
    limit = distance * magnitude  # the largest difference to near duplicates
    # Two events of 100,000 share a digest of 64 bits by chance with a probability of 3e-10.
    _, first, inverse = np.unique(known["digest"], return_index=True, return_inverse=True)
    groups = connected_groups(numbers, pairs=np.stack([numbers, first[inverse]])[:, magnitude > 0])
    different = first[known["told"][first] & (magnitude[first] > 0)]
    order = different[np.argsort(magnitude[different], kind="stable")]
    if not distance or not len(order):
        return groups
    shares = known["largest"][order] / magnitude[order, None]
    tree = cKDTree(np.column_stack([shares, np.log(magnitude[order])]))
    crowd = np.arange(len(order))
    # A pair is left out only if both have more neighbours than are looked at.
    for nearest in NEAREST:
        near, full = _neighbours(tree, crowd, min(nearest, len(order)), REACH * distance)
        pairs = order[near]
        pairs = pairs[:, groups[pairs[0]] != groups[pairs[1]]]
        pairs = pairs[:, np.abs(np.subtract(*magnitude[pairs])) <= _most(pairs, limit)]
        pairs = pairs[:, _alike(*known["largest"][pairs], _most(pairs, limit))]
        groups = connected_groups(groups, pairs=_confirmed(events, pairs, limit))
        crowd = crowd[full]
    return _link_crowd(events, known, limit, groups, order[crowd])


def _neighbours(
    tree: cKDTree, chosen: np.ndarray, nearest: int, reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (2, n) of points within a distance, and whether a chosen point may have more (m,).

    Arguments:
        tree: All points.
        chosen: The numbers (m,) of the points whose nearest points are wanted.
        nearest: The number of nearest points, the point itself included.
        reach: The largest distance.
    """
    distance, number = tree.query(
        tree.data[chosen], k=range(1, nearest + 1), p=np.inf, distance_upper_bound=reach
    )
    near = np.isfinite(distance)
    pairs = np.stack([chosen[np.nonzero(near)[0]], number[near]])
    pairs = np.unique(np.sort(pairs[:, pairs[0] != pairs[1]], axis=0), axis=1)
    return pairs, near.all(1)


def _link_crowd(
    events: Events, known: np.ndarray, limit: np.ndarray, groups: np.ndarray, order: np.ndarray
) -> np.ndarray:
    """Groups (N,) after some events, sorted by magnitude, were compared with each other.

    Arguments:
        known: The marks of all events (N,).
        limit: The largest difference of each event (N,) to its near duplicates.
        groups: The groups of all events (N,).
        order: The numbers of the events to compare.
    """
    magnitude, largest = known["magnitude"], known["largest"]
    likely = np.empty((2, 0), np.int64)
    for step in range(1, len(order)):
        a, b = order[:-step], order[step:]
        near = magnitude[b] - magnitude[a] <= limit[b]
        if not near.any():
            break
        near &= groups[a] != groups[b]
        pairs = np.stack([a[near], b[near]])
        pairs = pairs[:, _alike(*largest[pairs], _most(pairs, limit))]
        likely = np.concatenate([likely, pairs], axis=1)
        # Many pairs mean large groups: once a group is known, its other pairs need no comparison.
        if likely.shape[1] > len(order) // 2:
            groups = connected_groups(groups, pairs=_confirmed(events, likely, limit))
            likely = likely[:, :0]
    return connected_groups(groups, pairs=_confirmed(events, likely, limit))


def _marks(block: Entries, distance: float) -> np.ndarray:
    """The marks (N,) of entries: `magnitude`, `digest` of all values, `largest` of each part, and
    `told`, whether enough values are large enough to tell near duplicates from others.

    The largest difference of two events in any value is at least that in any `largest`.
    """
    values = np.ascontiguousarray(block.data)
    starts = np.unique(np.linspace(0, values.shape[1], PARTS, endpoint=False, dtype=np.int64))
    types = [
        ("magnitude", "f8"),
        ("digest", "u8"),
        ("largest", "f4", len(starts)),
        ("told", "?"),
    ]
    marks = np.empty(len(values), types)
    marks["magnitude"] = block.kind.magnitude(block)
    marks["digest"] = _digests(values)
    marks["largest"] = np.maximum.reduceat(values, starts, axis=1)
    large = np.abs(values) > (distance * marks["magnitude"])[:, None]
    marks["told"] = large.sum(1) >= min(FEWEST_VALUES, values.shape[1])
    return marks


def _digests(values: np.ndarray) -> np.ndarray:
    """The digests (N,) of all values of entries."""
    values = np.ascontiguousarray(values)
    return np.frombuffer(b"".join(blake2b(x, digest_size=8).digest() for x in values), "u8")


def _digests_of_block(block: Entries) -> np.ndarray:
    """The digests (N,) of entries; 0 where the magnitude is 0."""
    return np.where(block.kind.magnitude(block) > 0, _digests(block.data), np.uint64(0))


def _most(pairs: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """The largest difference (n,) of pairs (2, n) of events that are near duplicates."""
    return limit[pairs].max(0)


def _alike(a: np.ndarray, b: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Whether no entry of two rows differs by more than `most` (N,)."""
    distance = a - b
    return np.abs(distance, out=distance).max(1, initial=0) <= most


def _confirmed(events: Events, pairs: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """Those pairs (2, n) of row numbers whose values are alike; they are read in portions."""
    pairs = pairs[:, np.argsort(pairs[0], kind="stable")]  # rows of a file come in blocks
    at_once = max(1, COMPARED // (2 * events.kind.n_values))
    alike = np.zeros(pairs.shape[1], dtype=bool)
    for start in range(0, pairs.shape[1], at_once):
        part = slice(start, start + at_once)
        rows, (left, right) = np.unique(pairs[:, part], return_inverse=True)
        values = events[rows].data
        alike[part] = _alike(values[left], values[right], _most(pairs[:, part], limit))
    return pairs[:, alike]
