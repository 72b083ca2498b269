"""Labels of truth and sample exchanged at random, for the null distribution of a statistic."""

from __future__ import annotations

import numpy as np

PERMUTATIONS = 199


def permuted_labels(
    truth: np.ndarray,
    permutations: int,
    rng: np.random.Generator,
    group: np.ndarray | None = None,
) -> np.ndarray:
    """Exchanged labels (permutations, N): whether each entry is of the truth.

    Related entries are exchanged as a whole. Groups of one class are permuted among each other. In
    groups with entries of both classes, such as showers and the same showers with a fault, the
    classes are swapped or not, with equal chances. If truth and sample have the same distribution,
    the labels themselves are one such exchange among equally likely others.

    Arguments:
        truth: Whether each entry is of the truth (N,).
        permutations: The number of exchanges.
        rng: Random numbers.
        group: The labels (N,) of groups of related entries; None if all are independent.
    """
    numbers = np.arange(len(truth)) if group is None else np.unique(group, return_inverse=True)[1]
    size, of_truth = np.bincount(numbers), np.bincount(numbers, truth)
    mixed = (of_truth > 0) & (of_truth < size)
    label = np.tile(of_truth == size, (permutations, 1))
    label[:, ~mixed] = rng.permuted(label[:, ~mixed], axis=1)
    label[:, mixed] = rng.random((permutations, mixed.sum())) < 0.5
    return label[:, numbers] ^ (mixed[numbers] & truth)
