"""Statistics of sums over entries: their bootstrap and their null distribution, by blocks.

The sums over some hundred random blocks of entries are made once; replicas and exchanges are then
those of whole blocks. Blocks of independent entries are as exchangeable as the entries themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ultimetric.statistics.permutations import permuted_labels

BLOCKS = 50  # of the smaller of both sets
AT_ONCE = 16  # replicas


@dataclass(frozen=True)
class Blocks:
    """Random blocks of entries of two sets, all of about the same size; groups are not divided.

    A block has entries of one set, or groups that have entries of both.

    Arguments:
        part: The number of the part of each entry (N,); a part is what a block has of one set.
        truth: Whether each part (M,) is of the truth.
        block: The block of each part (M,).
    """

    part: np.ndarray
    truth: np.ndarray
    block: np.ndarray

    @classmethod
    def of(
        cls, truth: np.ndarray, rng: np.random.Generator, group: np.ndarray | None = None
    ) -> Blocks:
        """Divide entries, which are of the truth or not (N,), at random.

        Arguments:
            truth: Whether each entry is of the truth (N,).
            rng: Random numbers.
            group: The labels (N,) of groups of related entries; None if all are independent.
        """
        every = np.arange(len(truth)) if group is None else group
        number = np.unique(every, return_inverse=True)[1]
        size, of_truth = np.bincount(number), np.bincount(number, truth)
        classes = (of_truth > 0).astype(int) + 2 * (of_truth < size)  # truth, sample, both
        least = max(1, min(truth.sum(), (~truth).sum()) // BLOCKS)
        block_of = np.empty(len(size), np.int64)
        used = 0
        for one in np.unique(classes):
            rows = rng.permutation(np.flatnonzero(classes == one))
            reached = np.cumsum(size[rows])
            n_blocks = max(1, round(reached[-1] / least))
            blocks = (reached - size[rows]) * n_blocks // reached[-1]
            block_of[rows] = used + np.unique(blocks, return_inverse=True)[1]
            used = block_of[rows].max() + 1
        parts, part = np.unique(2 * block_of[number] + truth, return_inverse=True)
        return cls(part, parts % 2 == 1, parts // 2)

    def __len__(self) -> int:
        return len(self.truth)

    def distances(
        self,
        sums: np.ndarray,
        distances: Callable[[np.ndarray, np.ndarray], np.ndarray],
        replicas: int,
        permutations: int,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Distances (1 + R + P, K): found, in bootstrap replicas, and for exchanged labels.

        Arguments:
            sums: The sums (M, V) over the entries of each part.
            distances: K distances from the sums (V,) over all of truth and over all of sample.
            replicas, permutations: The numbers R and P.
            rng: Random numbers.
        """
        count = rng.poisson(1.0, (replicas, self.block.max() + 1))[:, self.block]
        count = np.concatenate([np.ones((1, len(self))), count])
        label = permuted_labels(self.truth, permutations, rng, self.block)
        first = np.concatenate([count * self.truth, label])
        second = np.concatenate([count * ~self.truth, ~label])
        found = []
        for start in range(0, len(first), AT_ONCE):
            rows = slice(start, start + AT_ONCE)
            both = zip(first[rows] @ sums, second[rows] @ sums, strict=True)
            found += [distances(*pair) for pair in both]
        return np.array(found)
