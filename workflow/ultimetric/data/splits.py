"""Divide the truth into generator training, generator validation, held-out and final truth."""

from __future__ import annotations

import numpy as np

from ultimetric.errors import UserError

PARTS = ("final", "training", "validation", "classifier")
HELD_OUT, GENERATOR = ("final", "classifier"), ("training", "validation")
FEWEST = 50  # entries of a sample below which folds, calibration and errors are meaningless
SEED = 2305_16774  # of the division, the same in all studies


def split_rows(
    groups: np.ndarray, final: int, generator: int, classifier: int, validation: float = 0.1
) -> dict[str, np.ndarray]:
    """Divide rows at random into the four PARTS, keeping each group of duplicates together.

    The order of the rows depends on nothing but their groups, and the final truth is cut off
    first, so that it stays the same whatever the numbers of the other parts are. Where it ends
    inside a group, it takes the whole group.

    Arguments:
        groups: The group label (N,) of each row, from `duplicates.related_groups`.
        final: The number of rows of the final truth.
        generator: The number of rows for training generators, the validation part included.
        classifier: The number of rows of the held-out truth, for classifier tests.
        validation: The share of the generator rows that is used for validation.

    Returns:
        The sorted row numbers of each part.

    Raises:
        UserError: There are fewer rows than asked for.
    """
    n_rows = len(groups)
    if final + generator + classifier > n_rows:
        raise UserError(
            f"{final} + {generator} + {classifier} entries were asked for, there are {n_rows}"
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
