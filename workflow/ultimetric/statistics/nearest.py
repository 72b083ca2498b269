"""Nearest neighbours among two classes of showers, such as truth and sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from sklearn.neighbors import NearestNeighbors

DEPTH = 20  # known neighbours of each point; all are of one class with a chance of 2^-20
PERMUTATIONS = 199
TIGHT = 0.5  # a copy is nearer than this share of the distance to the nearest of the other class
SMALLEST = 1e-6  # distance in the logarithm of a ratio, in standard deviations
QUANTILE = 0.01
Statistics = dict[str, float]


@dataclass(frozen=True)
class Pool:
    """The nearest points of a pool to each of M points, nearest first.

    Arguments:
        distance, index: The distances and numbers of the neighbours (M, k); a point is not its own
            neighbour.
    """

    distance: np.ndarray
    index: np.ndarray

    def nearest(self, wanted: np.ndarray) -> np.ndarray:
        """The distance (M,) to the nearest of the wanted (M, k) neighbours.

        If none of the neighbours is wanted, it is the lower limit of this distance.
        """
        first = np.where(wanted.any(1), wanted.argmax(1), wanted.shape[1] - 1)
        return self.distance[np.arange(len(first)), first]


def pool_of(points: np.ndarray, queries: np.ndarray | None = None) -> Pool:
    """The neighbours of queries (M, D) among points (N, D), or of the points among themselves."""
    n_others = len(points) - (queries is None)
    search = NearestNeighbors(n_neighbors=min(DEPTH, n_others), algorithm="brute").fit(points)
    return Pool(*search.kneighbors(queries))


def within(pool: Pool, sample: np.ndarray) -> Statistics:
    """Compare nearest-neighbour distances within the sample with those within the truth.

    Arguments:
        pool: The neighbours of truth and sample showers, in equal numbers, among themselves.
        sample: Whether a shower is of the sample (N,).

    Returns:
        The `ratio` of the medians, the share of the sample that is as `close` as 1 % of the truth
        is, the Kolmogorov-Smirnov distance `ks`, and the share that is `repeated`: at least twice
        as near to a shower of the sample as to any shower of the truth.
    """
    same = sample[pool.index] == sample[:, None]
    own, other = pool.nearest(same), pool.nearest(~same)
    # If all known neighbours are of one class, a copy is one nearer than close pairs of the truth.
    near = TIGHT * np.quantile(own[~sample], QUANTILE)
    other = np.where(same.all(1), np.maximum(other, near), other)
    of_sample, of_truth = np.sort(own[sample]), np.sort(own[~sample])
    both = np.concatenate([of_sample, of_truth])
    steps = [np.searchsorted(x, both, side="right") / len(x) for x in (of_sample, of_truth)]
    return {
        "ratio": float(np.median(of_sample) / max(np.median(of_truth), SMALLEST)),
        "close": float(np.mean(of_sample < np.quantile(of_truth, QUANTILE))),
        "ks": float(np.abs(steps[0] - steps[1]).max()),
        "repeated": float(np.mean((own < TIGHT * other)[sample])),
    }


def beside(pool: Pool, training: np.ndarray) -> Statistics:
    """Compare the distances of sample showers to training truth with those to held-out truth.

    Arguments:
        pool: The neighbours of sample showers among training and held-out truth, in equal numbers.
        training: Whether a truth shower is a training shower (N,).

    Returns:
        The mean `log_ratio` of the two distances, and the share of `copies`, at least twice as
        near to a training shower as to any held-out one.
    """
    trained = training[pool.index]
    near, far = pool.nearest(trained), pool.nearest(~trained)
    ratios = np.log(np.maximum(near, SMALLEST) / np.maximum(far, SMALLEST))
    return {"log_ratio": float(ratios.mean()), "copies": float(np.mean(near < TIGHT * far))}


def training_share(pool: Pool, training: np.ndarray) -> tuple[float, float, float]:
    """The share of sample showers whose nearest truth shower is a training shower.

    It is the sum, over training showers, of how often each is the nearest one. If nothing is
    memorised, training showers are a random half of all truth showers: the error is that of a sum
    over a random half, drawn without replacement. Sample showers with the same nearest shower are
    thus not counted as independent.

    Returns:
        The share, its error, and the chance of such a share or a larger one.
    """
    n_truth, n_training = len(training), training.sum()
    times = np.bincount(pool.index[:, 0], minlength=n_truth) / len(pool.index)
    expected = n_training / n_truth
    error = np.sqrt(n_training * (1 - expected) * times.var(ddof=1))
    share = float(times[training].sum())
    return share, float(error), float(norm.sf((share - expected) / error))


def permuted(
    statistics: Callable[[Pool, np.ndarray], Statistics],
    pool: Pool,
    kind: np.ndarray,
    rng: np.random.Generator,
) -> tuple[Statistics, dict[str, np.ndarray]]:
    """Statistics, and those of kinds exchanged at random (PERMUTATIONS,)."""
    null = [statistics(pool, rng.permutation(kind)) for _ in range(PERMUTATIONS)]
    found = statistics(pool, kind)
    return found, {name: np.array([x[name] for x in null]) for name in found}


def pvalue(observed: float, null: np.ndarray) -> float:
    """(1 + number of the null at or above) / (1 + their number)."""
    return (1 + int(np.sum(null >= observed))) / (1 + len(null))
