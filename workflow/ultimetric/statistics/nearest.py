"""Nearest neighbours among two kinds of showers, and what they are if kinds are exchanged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from sklearn.neighbors import NearestNeighbors

DEPTH = 20  # neighbours known of each point: of truth, all of one kind with a chance of 2^-20
PERMUTATIONS = 199
TIGHT = 0.5  # a copy is nearer than this share of the distance to the nearest of the other kind
SMALLEST = 1e-6  # distance of a ratio's logarithm, in standard deviations
QUANTILE = 0.01
Statistics = dict[str, float]


@dataclass(frozen=True)
class Pool:
    """The nearest points of a pool to each of M points, nearest first.

    Arguments:
        distance, index: of the neighbours (M, k); a point is not its own neighbour.
    """

    distance: np.ndarray
    index: np.ndarray

    def nearest(self, wanted: np.ndarray) -> np.ndarray:
        """Distance (M,) to the nearest wanted neighbour, of those wanted (M, k).

        Where none is, the distance that it is at least.
        """
        first = np.where(wanted.any(1), wanted.argmax(1), wanted.shape[1] - 1)
        return self.distance[np.arange(len(first)), first]


def pool_of(points: np.ndarray, queries: np.ndarray | None = None) -> Pool:
    """Neighbours of queries (M, D) among points (N, D), or of the points among themselves."""
    n_others = len(points) - (queries is None)
    search = NearestNeighbors(n_neighbors=min(DEPTH, n_others), algorithm="brute").fit(points)
    return Pool(*search.kneighbors(queries))


def within(pool: Pool, sample: np.ndarray) -> Statistics:
    """Distances to the nearest of the same kind, of the sample compared with those of the truth.

    Arguments:
        pool: of truth and sample showers, equal numbers, among themselves.
        sample: which of them are the sample's (N,).

    Returns:
        `ratio` of the medians, share of the sample that is as `close` as 1 % of the truth is, the
        Kolmogorov-Smirnov distance `ks`, and the share that is `repeated`: at least twice as near
        to a shower of the sample as to any of the truth.
    """
    same = sample[pool.index] == sample[:, None]
    own, other = pool.nearest(same), pool.nearest(~same)
    # Where all neighbours known are of one kind, a copy is nearer than near pairs of the truth.
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
    """Distances of sample showers to training truth beside those to unseen truth.

    Arguments:
        pool: neighbours of sample showers among training and unseen truth, equal numbers.
        training: which of the truth showers are of the training (N,).

    Returns:
        mean `log_ratio` of the two distances, and the share of `copies`: at least twice as near to
        a training shower as to any unseen one.
    """
    trained = training[pool.index]
    near, far = pool.nearest(trained), pool.nearest(~trained)
    ratios = np.log(np.maximum(near, SMALLEST) / np.maximum(far, SMALLEST))
    return {"log_ratio": float(ratios.mean()), "copies": float(np.mean(near < TIGHT * far))}


def training_share(pool: Pool, training: np.ndarray) -> tuple[float, float, float]:
    """Share of sample showers whose nearest truth shower is a training shower.

    It is the sum over truth showers of how often one is the nearest, counted for those of the
    training. For an honest generator these are a random half of all, which gives the error: that
    of a sum over a sample drawn without replacement. Sample showers with one nearest shower in
    common are thereby no independent witnesses.

    Returns:
        share, its error and the chance of such a share or a larger one.
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
