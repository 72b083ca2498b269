"""Groups of related entries, such as duplicates, which count as one in errors."""

from __future__ import annotations

import numpy as np


def entries_per_group(group: np.ndarray | None, n_entries: int) -> float:
    """The mean, over entries, of the number of entries in the group of each; 1 without groups.

    If all entries of a group are equal, the variance of a mean over n entries is that many times
    the variance for independent entries (Kish's design effect).

    >>> entries_per_group(np.array([7, 7, 8, 9]), 4)
    1.5
    """
    if group is None:
        return 1.0
    _, sizes = np.unique(group, return_counts=True)
    return float((sizes**2).sum() / n_entries)
