"""The one division of the truth: generator training, classifier truth, final truth."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ultimetric.data.showers import Showers
from ultimetric.errors import UserError

PARTS = ("final", "training", "validation", "classifier")
SEED = 2305_16774  # of the division: no study's seed moves a shower into or out of the final truth
# Showers closer than this, in units of their total energy, are the same shower.
NEAR_DUPLICATE = 1e-3
TELLING = 4


def split_rows(
    groups: np.ndarray, final: int, generator: int, classifier: int, validation: float = 0.1
) -> dict[str, np.ndarray]:
    """Divide rows at random into the four PARTS, keeping each group of duplicates together.

    The order of the rows depends on their number only and the final truth is cut off first, so
    that it stays the same whatever the other numbers are.

    Arguments:
        groups: group label of each row, shape (N,).
        final: rows of the final truth.
        generator: rows for generator training, its validation part included.
        classifier: rows for classifier tests.
        validation: fraction of the generator rows used for validation.

    Returns:
        sorted row numbers of each part.

    Raises:
        UserError: fewer rows than asked for.
    """
    n_rows = len(groups)
    if final + generator + classifier > n_rows:
        raise UserError(
            f"{final} + {generator} + {classifier} showers were asked for, there are {n_rows}"
        )
    rng = np.random.default_rng(SEED)
    label = rng.permutation(groups.max() + 1)[groups]
    order = np.lexsort((rng.random(n_rows), label))
    n_validation = round(validation * generator)
    cuts = np.cumsum([final, generator - n_validation, n_validation, classifier]).tolist()
    for k, cut in enumerate(cuts):
        while 0 < cut < n_rows and label[order[cut]] == label[order[cut - 1]]:
            cut += 1
        cuts[k] = cut
    parts = np.split(order, cuts)[: len(PARTS)]
    return {name: np.sort(rows) for name, rows in zip(PARTS, parts, strict=True)}


def duplicate_groups(showers: Showers) -> np.ndarray:
    """Label showers so that exact and near duplicates share a label, shape (N,).

    Two showers are near duplicates if neither their total energies nor any voxel differ by more
    than NEAR_DUPLICATE of the total energy. Empty showers are alike by nature and are never
    duplicates.
    """
    n_showers = len(showers)
    voxels, first, inverse = np.unique(
        showers.voxels, axis=0, return_index=True, return_inverse=True
    )
    total = voxels.sum(1, dtype=np.float64)
    links = [np.stack([np.arange(n_showers), first[inverse]])[:, total[inverse] > 0]]
    order = np.argsort(total, kind="stable")
    # Few voxels of large spread settle almost all pairs before the whole shower is compared.
    telling = np.argsort(voxels.var(0))[-TELLING:]
    for step in range(1, len(order)):
        a, b = order[:-step], order[step:]
        near = (total[b] - total[a] <= NEAR_DUPLICATE * total[b]) & (total[a] > 0)
        if not near.any():
            break
        a, b = a[near], b[near]
        for columns in (telling, slice(None)):
            distance = np.abs(voxels[a][:, columns] - voxels[b][:, columns]).max(1, initial=0)
            same = distance <= NEAR_DUPLICATE * total[b]
            a, b = a[same], b[same]
        links.append(np.stack([first[a], first[b]]))
    left, right = np.concatenate(links, axis=1)
    graph = coo_array((np.ones(len(left)), (left, right)), shape=(n_showers, n_showers))
    return connected_components(graph, directed=False)[1]
