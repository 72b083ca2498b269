"""Assign showers to folds for cross-fitting: each has exactly one out-of-fold score per repeat."""

from __future__ import annotations

import numpy as np

FOLDS = 5
TENTHS = 2 * FOLDS
# A fold tests two parts and chooses the step with one; the others are trained on.
TESTED_PER_TRAINED = 2 / (TENTHS - 3)


def assign_tenths(label: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """Divide showers at random into ten fold parts, balanced in the label; groups stay together.

    Parts 2k and 2k+1 are test fold k; see `parts` for training and validation. If a class has
    fewer groups than there are parts, its groups are divided: each part needs some of its showers.

    Arguments:
        label: 1 for truth, 0 for sample, or the class (N,).
        groups: The label (N,) of the group of duplicates that a shower belongs to.
        seed: The random seed.

    Returns:
        The number of the part (N,).
    """
    rng = np.random.default_rng(seed)
    tenth = np.empty(len(label), dtype=np.int64)
    for value in np.unique(label):
        rows = np.flatnonzero(label == value)
        tenth[rows] = rng.permutation(len(rows)) % TENTHS
    first = np.full(groups.max() + 1, len(label))
    np.minimum.at(first, groups, np.arange(len(groups)))
    tenth = tenth[first[groups]]
    for value in np.unique(label):
        rows = np.flatnonzero(label == value)
        if len(np.unique(tenth[rows])) < min(TENTHS, len(rows)):
            tenth[rows] = _evenly(groups[rows], rng)
    return tenth


def _evenly(groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Parts (N,) of the showers of a class with so few groups that a part would have none of it.

    No network can be trained or calibrated without a class. If there are fewer groups than parts,
    as in a sample that repeats one shower, groups cannot be kept together.
    """
    of_group = np.unique(groups, return_inverse=True)[1]
    if of_group.max() + 1 < TENTHS:
        of_group = np.arange(len(groups))
    return (rng.permutation(of_group.max() + 1) % TENTHS)[of_group]


def scored_only(tenths: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The same folds, but with some showers that no network is trained on, which are only scored.

    Arguments:
        tenths: The fold parts, one column per repeat (N, R).
        rows: Whether a shower is only scored (N,).
    """
    return tenths + TENTHS * rows[:, None]


def fold_of(tenths: np.ndarray) -> np.ndarray:
    """The test fold of each shower, of the same shape."""
    return tenths % TENTHS // 2


def learners(tenths: np.ndarray) -> np.ndarray:
    """Whether networks are trained on a shower (N,), from its fold parts (N, R)."""
    return tenths[:, 0] < TENTHS


def parts(tenth: np.ndarray, fold: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows for training (70 %), validation (10 %) and test (20 %) of a fold."""
    test = fold_of(tenth) == fold
    validation = tenth == (2 * fold + 2) % TENTHS
    training = (tenth < TENTHS) & ~test & ~validation
    return np.flatnonzero(training), np.flatnonzero(validation), np.flatnonzero(test)


def learning_rows(
    tenth: np.ndarray, fold: int, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """The rows for training, or a random share of them, and for validation of a fold."""
    training, validation, _ = parts(tenth, fold)
    if fraction < 1:
        training = np.random.default_rng(seed + fold).permutation(training)
        training = np.sort(training[: round(fraction * len(training))])
    return training, validation
