"""Maximum mean discrepancies (MMD^2) with a polynomial kernel k(x, y) = (x y / D + 1)^degree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ultimetric.statistics.components import Components

DEGREE = 4  # of jetnet
ROWS = 512  # points of either set whose kernel is in memory at once


def unbiased_mmd(first: np.ndarray, second: np.ndarray) -> float:
    """The unbiased estimate of MMD^2 of two sets of points (N, D) and (M, D), of degree 4.

    It is the mean of k over pairs of different points of the first set, plus that of the second
    set, minus twice the mean of k over pairs of points of both.
    """
    x, y = _augmented(first), _augmented(second)
    n, m = len(x), len(y)
    within = _pairs_sum(x) / (n * (n - 1)) + _pairs_sum(y) / (m * (m - 1))
    return float(within - 2 * _sum(x, y) / (n * m))


class Discrepancy(NamedTuple):
    """The unbiased estimate of MMD^2 of two sets.

    Arguments:
        value: The estimate.
        null: Those of sets whose points were exchanged at random (P,).
        components: The contributions of the points of both sets to the estimate, to first order.
    """

    value: float
    null: np.ndarray
    components: Components

    @property
    def error(self) -> float:
        """The error of the estimate.

        With S^2 the squared error to first order, from the contributions of the points, and V the
        variance of the null distribution, it is S^2 - V squared, at least V. Contributions are
        known only up to the fluctuations of the others, so that S^2 has 2 V instead of V.
        """
        wide = self.null.var(ddof=1)
        return float(np.sqrt(max(self.components.error_test**2 - wide, wide)))


def discrepancy(
    points: np.ndarray,
    sides: np.ndarray,
    group: np.ndarray | None = None,
    degree: int = DEGREE,
) -> Discrepancy:
    """Estimate MMD^2 of two sets, and of the same points divided in other ways.

    The kernel of all pairs of points is made in blocks, each of which is used for all divisions
    and then dropped.

    Arguments:
        points: The points of both sets (N, D).
        sides: Whether a point is of the first set (1 + P, N), for the sets themselves and for P
            other divisions.
        group: Labels (N,) of groups of related points, for the errors.
        degree: The degree of the kernel.
    """
    x, masks = _augmented(points), sides.astype(np.float64).T
    columns = np.concatenate([masks, np.ones((len(x), 1))], axis=1)
    # The sum of k(x_i, x_j) over all other points j, and over those of the first set.
    sums = np.zeros_like(columns)
    for rows, others, kernel in _blocks(x, degree):
        sums[rows] += kernel @ columns[others]
        if rows != others:
            sums[others] += kernel.T @ columns[rows]
    total, own = sums[:, -1], sums[:, :-1]
    n = masks.sum(0)
    m = len(x) - n
    first = (masks * own).sum(0)
    across = masks.T @ total - first
    second = total.sum() - first - 2 * across
    values = first / (n * (n - 1)) + second / (m * (m - 1)) - 2 * across / (n * m)
    truth = sides[0]
    to_first, to_second = own[:, 0], total - own[:, 0]
    parts = (
        2 * (to_first[truth] / (n[0] - 1) - to_second[truth] / m[0]),
        2 * (to_second[~truth] / (m[0] - 1) - to_first[~truth] / n[0]),
    )
    groups = None if group is None else (group[truth], group[~truth])
    components = Components(values[:1], tuple(x[:, None] for x in parts), groups)
    return Discrepancy(float(values[0]), values[1:], components)


def _augmented(points: np.ndarray) -> np.ndarray:
    """Points (N, D + 1) with x y = (x y)_points / D + 1."""
    n, size = points.shape
    wide = np.empty((n, size + 1))
    wide[:, :size] = points
    wide[:, size] = np.sqrt(size)
    return wide / np.sqrt(size)


def _blocks(x: np.ndarray, degree: int) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """The kernel of pairs of different points in blocks, one of each pair of mirrored blocks."""
    for start in range(0, len(x), ROWS):
        for other in range(start, len(x), ROWS):
            rows, others = slice(start, start + ROWS), slice(other, other + ROWS)
            kernel = _power(x[rows] @ x[others].T, degree)
            if start == other:
                np.fill_diagonal(kernel, 0)
            yield rows, others, kernel


def _power(base: np.ndarray, degree: int) -> np.ndarray:
    if degree == 1:
        return base
    half = _power(base, degree // 2)
    return half * half * base if degree % 2 else half * half


def _sum(x: np.ndarray, y: np.ndarray) -> float:
    """The sum of k over all pairs of points of two sets."""
    return sum(
        _fourth_powers(x[i : i + ROWS] @ y[j : j + ROWS].T)
        for i in range(0, len(x), ROWS)
        for j in range(0, len(y), ROWS)
    )


def _pairs_sum(x: np.ndarray) -> float:
    """The sum of k over all ordered pairs of different points of a set."""
    found = 0.0
    for i in range(0, len(x), ROWS):
        rows = x[i : i + ROWS]
        found += _fourth_powers(rows @ rows.T) + 2 * _sum(rows, x[i + ROWS :])
    return found - float(((x * x).sum(1) ** 4).sum())


def _fourth_powers(base: np.ndarray) -> float:
    """The sum of the fourth powers; the array is overwritten."""
    base *= base
    flat = base.ravel()
    return float(flat @ flat)
