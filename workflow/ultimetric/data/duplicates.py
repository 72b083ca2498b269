"""Showers that are the same, exactly or nearly, found without holding all of them."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from scipy.spatial import cKDTree

from ultimetric.data.versions import linked
from ultimetric.kinds.showers.showers import Showers, ShowerSet

# Showers closer than this, in units of their total energy, are the same shower.
NEAR_DUPLICATE = 1e-3
PARTS = 16  # of a shower's voxels; their brightest ones tell most showers apart
COMPARED = 2**25  # voxels of pairs of showers compared at once
# Showers T and T' that are alike differ by at most NEAR_DUPLICATE max(T, T') in each voxel, and so
# by little more than twice as much in voxels over total energy.
REACH = 2.01 * NEAR_DUPLICATE
NEAREST = (4, 16, 64)  # showers near each one that are looked at, in turn


def duplicate_groups(showers: ShowerSet) -> np.ndarray:
    """Label showers so that exact and near duplicates share a label, shape (N,).

    Two showers are near duplicates if neither their total energies nor any voxel differ by more
    than NEAR_DUPLICATE of the total energy. Empty showers are alike by nature and are never
    duplicates.
    """
    numbers = np.arange(len(showers))
    known = showers.each(_marks)
    total = known["total"]
    # Two showers of 100,000 share a digest of 64 bits by chance with a probability of 3e-10.
    _, first, inverse = np.unique(known["digest"], return_index=True, return_inverse=True)
    groups = linked(numbers, pairs=np.stack([numbers, first[inverse]])[:, total > 0])
    different = first[total[first] > 0]
    order = different[np.argsort(total[different], kind="stable")]
    if not len(order):
        return groups
    shares = known["brightest"][order] / total[order, None]
    tree = cKDTree(np.column_stack([shares, np.log(total[order])]))
    crowd = np.arange(len(order))
    # A pair is left out only if both have more neighbours than are looked at.
    for nearest in NEAREST:
        near, full = _neighbours(tree, crowd, min(nearest, len(order)))
        pairs = order[near]
        pairs = pairs[:, groups[pairs[0]] != groups[pairs[1]]]
        pairs = pairs[:, np.abs(np.subtract(*total[pairs])) <= _most(pairs, total)]
        pairs = pairs[:, _alike(*known["brightest"][pairs], _most(pairs, total))]
        groups = linked(groups, pairs=_confirmed(showers, pairs, total))
        crowd = crowd[full]
    return _link_crowd(showers, known, groups, order[crowd])


def _neighbours(tree: cKDTree, chosen: np.ndarray, nearest: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (2, n) of points within REACH, and which of some points may have more (m,).

    Arguments:
        tree: of all points.
        chosen: numbers of the points (m,) whose nearest ones are looked for.
        nearest: how many of them, the point itself among them.
    """
    distance, number = tree.query(
        tree.data[chosen], k=range(1, nearest + 1), p=np.inf, distance_upper_bound=REACH
    )
    near = np.isfinite(distance)
    pairs = np.stack([chosen[np.nonzero(near)[0]], number[near]])
    pairs = np.unique(np.sort(pairs[:, pairs[0] != pairs[1]], axis=0), axis=1)
    return pairs, near.all(1)


def _link_crowd(
    showers: ShowerSet, known: np.ndarray, groups: np.ndarray, order: np.ndarray
) -> np.ndarray:
    """Groups (N,) in which some showers, sorted by total energy, are compared with all others.

    Arguments:
        known: marks of all showers (N,).
        groups: of all showers (N,).
        order: numbers of those to compare.
    """
    total, brightest = known["total"], known["brightest"]
    likely = np.empty((2, 0), np.int64)
    for step in range(1, len(order)):
        a, b = order[:-step], order[step:]
        near = total[b] - total[a] <= NEAR_DUPLICATE * total[b]
        if not near.any():
            break
        near &= groups[a] != groups[b]
        pairs = np.stack([a[near], b[near]])
        pairs = pairs[:, _alike(*brightest[pairs], _most(pairs, total))]
        likely = np.concatenate([likely, pairs], axis=1)
        # Many pairs mean large groups, most of whose pairs need not be compared once it is known.
        if likely.shape[1] > len(order) // 2:
            groups = linked(groups, pairs=_confirmed(showers, likely, total))
            likely = likely[:, :0]
    return linked(groups, pairs=_confirmed(showers, likely, total))


def _marks(block: Showers) -> np.ndarray:
    """Per shower (N,): `total` energy, `digest` of all voxels, `brightest` voxel of each part.

    Two showers differ in some voxel by at least as much as in any of the brightest ones.
    """
    voxels = np.ascontiguousarray(block.voxels)
    starts = np.unique(np.linspace(0, voxels.shape[1], PARTS, endpoint=False, dtype=np.int64))
    types = [("total", "f8"), ("digest", "u8"), ("brightest", "f4", len(starts))]
    marks = np.empty(len(voxels), types)
    marks["total"] = voxels.sum(1, dtype=np.float64)
    digests = b"".join(blake2b(shower, digest_size=8).digest() for shower in voxels)
    marks["digest"] = np.frombuffer(digests, "u8")
    marks["brightest"] = np.maximum.reduceat(voxels, starts, axis=1)
    return marks


def _most(pairs: np.ndarray, total: np.ndarray) -> np.ndarray:
    """What pairs (2, n) of showers that are alike differ by at most, in MeV (n,)."""
    return NEAR_DUPLICATE * total[pairs].max(0)


def _alike(a: np.ndarray, b: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Whether no entry of two rows differs by more than `most` (N,)."""
    distance = a - b
    return np.abs(distance, out=distance).max(1, initial=0) <= most


def _confirmed(showers: ShowerSet, pairs: np.ndarray, total: np.ndarray) -> np.ndarray:
    """The pairs (2, n) of row numbers whose voxels are alike; as many are read as fit."""
    pairs = pairs[:, np.argsort(pairs[0], kind="stable")]  # rows of a file come in blocks
    at_once = max(1, COMPARED // (2 * showers.geometry.n_voxels))
    alike = np.zeros(pairs.shape[1], dtype=bool)
    for start in range(0, pairs.shape[1], at_once):
        part = slice(start, start + at_once)
        rows, (left, right) = np.unique(pairs[:, part], return_inverse=True)
        voxels = showers[rows].voxels
        alike[part] = _alike(voxels[left], voxels[right], _most(pairs[:, part], total))
    return pairs[:, alike]
