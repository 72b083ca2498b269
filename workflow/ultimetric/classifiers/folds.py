"""Assign showers to folds for cross-fitting: each has exactly one out-of-fold score per repeat."""

from __future__ import annotations

import numpy as np

FOLDS = 5
FOLD_PARTS = 2 * FOLDS
# A fold tests two parts and chooses the step with one; the others are trained on.
TESTED_PER_TRAINED = 2 / (FOLD_PARTS - 3)


def assign_fold_parts(label: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """Divide showers at random into ten fold parts, balanced in the label; groups stay together.

    Parts 2k and 2k+1 are test fold k; see `parts` for training and validation. Each part needs
    some showers of each class: a class that a part would have none of is divided again, whatever
    groups it shares with others. If it has fewer groups than there are parts, they are divided.

    Arguments:
        label: 1 for truth, 0 for sample, or the class (N,).
        groups: The label (N,) of the group of duplicates that a shower belongs to.
        seed: The random seed.

    Returns:
        The number of the part (N,).
    """
    rng = np.random.default_rng(seed)
    fold_part = np.empty(len(label), dtype=np.int64)
    for value in np.unique(label):
        rows = np.flatnonzero(label == value)
        fold_part[rows] = rng.permutation(len(rows)) % FOLD_PARTS
    first = np.full(groups.max() + 1, len(label))
    np.minimum.at(first, groups, np.arange(len(groups)))
    fold_part = fold_part[first[groups]]
    for value in np.unique(label):
        rows = np.flatnonzero(label == value)
        if len(np.unique(fold_part[rows])) < min(FOLD_PARTS, len(rows)):
            fold_part[rows] = _evenly(groups[rows], rng)
    return fold_part


def _evenly(groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Parts (N,) of the showers of a class with so few groups that a part would have none of it.

    No network can be trained or calibrated without a class. If there are fewer groups than parts,
    as in a sample that repeats one shower, groups cannot be kept together.
    """
    of_group = np.unique(groups, return_inverse=True)[1]
    if of_group.max() + 1 < FOLD_PARTS:
        of_group = np.arange(len(groups))
    return (rng.permutation(of_group.max() + 1) % FOLD_PARTS)[of_group]


def scored_only(fold_parts: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The same folds, but with some showers that no network is trained on, which are only scored.

    Arguments:
        fold_parts: The fold parts, one column per repeat (N, R).
        rows: Whether a shower is only scored (N,).
    """
    return fold_parts + FOLD_PARTS * rows[:, None]


def fold_of(fold_parts: np.ndarray) -> np.ndarray:
    """The test fold of each shower, of the same shape."""
    return fold_parts % FOLD_PARTS // 2


def learners(fold_parts: np.ndarray) -> np.ndarray:
    """Whether networks are trained on a shower (N,), from its fold parts (N, R)."""
    return fold_parts[:, 0] < FOLD_PARTS


def parts(fold_part: np.ndarray, fold: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows for training (70 %), validation (10 %) and test (20 %) of a fold."""
    test = fold_of(fold_part) == fold
    validation = fold_part == (2 * fold + 2) % FOLD_PARTS
    training = (fold_part < FOLD_PARTS) & ~test & ~validation
    return np.flatnonzero(training), np.flatnonzero(validation), np.flatnonzero(test)


def learning_rows(
    fold_part: np.ndarray, fold: int, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """The rows for training, or a random share of them, and for validation of a fold."""
    training, validation, _ = parts(fold_part, fold)
    if fraction < 1:
        training = np.random.default_rng(seed + fold).permutation(training)
        training = np.sort(training[: round(fraction * len(training))])
    return training, validation
