"""The Fréchet distance of two sets of points, extrapolated to infinitely many points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import svdvals
from scipy.optimize import curve_fit

ROWS = 1024  # points whose products are in memory at once
PRODUCTS = 1024  # products of a point at once, unless one coordinate has more


class Moments(NamedTuple):
    """The mean (D,) and the covariance matrix (D, D) of a set of points."""

    mean: np.ndarray
    covariance: np.ndarray


def frechet_distance(first: Moments, second: Moments) -> float:
    """d^2 = |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of two normal distributions.

    With C = L L^T, the eigenvalues of C1 C2 are the squared singular values of L1^T L2. They are
    exact to rounding also where C1 C2 is nearly singular, which its square root is not.
    """
    away = first.mean - second.mean
    common = svdvals(_root(first.covariance).T @ _root(second.covariance)).sum()
    spread = np.trace(first.covariance) + np.trace(second.covariance) - 2 * common
    return float(away @ away + spread)


def _root(covariance: np.ndarray) -> np.ndarray:
    """A matrix L with L L^T = C."""
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:  # C is singular
        values, vectors = np.linalg.eigh(covariance)
        return vectors * np.sqrt(np.maximum(values, 0))


def batch_sizes(smallest: int, largest: int, n_sizes: int) -> np.ndarray:
    """Sizes of batches at equal distances in 1 / size, as in jetnet."""
    return (1 / np.linspace(1 / smallest, 1 / largest, n_sizes)).astype(np.int32)


def extrapolated(
    first: np.ndarray,
    second: np.ndarray,
    sizes: np.ndarray,
    batches: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """The distance for infinitely many points, as `jetnet.evaluation.fpd` defines it.

    For each size n, batches of n points are drawn from either set with replacement, and their
    distances are averaged. The averages are fitted by a + b / n with a, b >= 0 (arXiv:2211.10295).

    Arguments:
        first, second: The points (N, D) of either set.
        sizes: The sizes of the batches, in the order in which they are drawn.
        batches: The number of batches of each size.
        rng: Random numbers.

    Returns:
        a and the error of the fit.
    """
    drawn: tuple[list[np.ndarray], ...] = ([], [])
    for size in np.repeat(sizes, batches):
        for points, counts in zip((first, second), drawn, strict=True):
            chosen = rng.choice(len(points), size=size)
            counts.append(np.bincount(chosen, minlength=len(points)).astype(np.uint32))
    pairs = zip(
        moments_of(first, np.stack(drawn[0])), moments_of(second, np.stack(drawn[1])), strict=True
    )
    distances = np.array([frechet_distance(*pair) for pair in pairs])
    means = distances.reshape(len(sizes), batches).mean(1)
    fitted, covariance = curve_fit(
        lambda x, start, slope: start + slope * x, 1 / sizes, means, bounds=(0, np.inf)
    )
    return float(fitted[0]), float(np.sqrt(covariance[0, 0]))


def spread(pairs: Sequence[tuple[np.ndarray, np.ndarray]], counts: Sequence[np.ndarray]) -> float:
    """The standard deviation of the mean distance of pairs of sets over replicas of their entries.

    Arguments:
        pairs: The points (N, D) and (M, D) of each pair, row i of all from the same entry i.
        counts: How often the entries of the first and of the second sets count in each replica,
            (R, N) and (R, M).
    """
    distances = [
        [frechet_distance(*both) for both in zip(*map(moments_of, pair, counts), strict=True)]
        for pair in pairs
    ]
    return float(np.mean(distances, axis=0).std(ddof=1))


def moments_of(points: np.ndarray, counts: np.ndarray) -> Iterator[Moments]:
    """The moments of a set in which each point counts several times, for each row of counts.

    The sums of products of coordinates of all rows are made at once, as products of matrices.

    Arguments:
        points: The points (N, D).
        counts: How often each point counts (R, N).
    """
    centre = points.mean(0, dtype=np.float64)
    n_sets, n_coordinates = len(counts), points.shape[1]
    sums = np.zeros((n_sets, n_coordinates))
    squares = np.zeros((n_sets, n_coordinates * (n_coordinates + 1) // 2))
    tiles = list(_tiles(n_coordinates))
    for start in range(0, len(points), ROWS):
        x = points[start : start + ROWS] - centre
        times = counts[:, start : start + ROWS].astype(np.float64)
        sums += times @ x
        low = 0
        for tile in tiles:
            products = np.concatenate([x[:, i, None] * x[:, i:] for i in tile], axis=1)
            high = low + products.shape[1]
            squares[:, low:high] += times @ products
            low = high
    upper = np.triu_indices(n_coordinates)
    for total, mean, square in zip(counts.sum(1), sums, squares, strict=True):
        mean = mean / total
        covariance = np.empty((n_coordinates, n_coordinates))
        covariance[upper] = square
        covariance.T[upper] = square
        covariance = (covariance - total * np.outer(mean, mean)) / (total - 1)
        yield Moments(centre + mean, covariance)


def _tiles(n_coordinates: int) -> Iterator[range]:
    """Consecutive coordinates whose products with all later ones are made at once."""
    first, size = 0, 0
    for i in range(n_coordinates):
        size += n_coordinates - i
        if size > PRODUCTS and i > first:
            yield range(first, i)
            first, size = i, n_coordinates - i
    yield range(first, n_coordinates)
