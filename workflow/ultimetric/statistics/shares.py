"""Ratios of the shares of two sets that lie somewhere, such as in a bin, and their errors."""

from __future__ import annotations

import numpy as np


def ratios_of_shares(
    first: np.ndarray, second: np.ndarray, group: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The share of one set over that of another at K places, and the errors, each (K,).

    Entries of one group, such as copies, fluctuate together, also those of different sets. Without
    groups the errors are those of binomial counts.

    Arguments:
        first, second: Whether each entry lies at each place (N, K) and (M, K).
        group: The labels (N + M,) of the groups of both, the first set's first; None if there are
            none.

    Returns:
        The ratios, infinite without any of the second set; and their errors, nan without any of
        either set.

    >>> two = np.array([[True], [False]])
    >>> ratios_of_shares(two, two)
    (array([1.]), array([1.]))
    >>> ratios_of_shares(two, two, np.array([7, 8, 7, 8]))
    (array([1.]), array([0.]))
    """
    labels = np.arange(len(first) + len(second)) if group is None else group
    found, number = np.unique(labels, return_inverse=True)
    added = np.zeros((len(found), first.shape[1]))
    shares = [x.mean(0) for x in (first, second)]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = shares[0] / shares[1]
        parts = [
            sign * (x / share - 1) / len(x)
            for sign, x, share in zip((1, -1), (first, second), shares, strict=True)
        ]
    np.add.at(added, number, np.concatenate(parts))
    with np.errstate(invalid="ignore"):
        return ratio, ratio * np.sqrt((added**2).sum(0))
