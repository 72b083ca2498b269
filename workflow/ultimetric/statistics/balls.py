"""Balls around points that reach to the k-th neighbour, in any number of dimensions.

Distances of all pairs are made in blocks, as products of matrices in single precision. Where
rounding could decide whether a point lies in a ball, they are computed anew in double precision
from the differences, so that the results are those of double precision.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

ROWS = 1024  # points of either set whose distances are in memory at once
TOLERANCE = 1e-5  # of the squared norms of two points, rounding of their squared distance at most
CHUNK = 2**22  # differences of coordinates in memory at once
MARGIN = 3  # neighbours beyond the k-th that are sorted again in double precision


class Inside(NamedTuple):
    """Which balls around the points of one set have points of another set inside.

    Arguments:
        balls: The number of balls that each point (M,) lies in, float64.
        points: The number of points in each ball (N,), float64.
        only_ball: The number of points in each ball (N,) that lie in no other ball.
        only_point: The number of balls that each point (M,) is the only one of.
    """

    balls: np.ndarray
    points: np.ndarray
    only_ball: np.ndarray
    only_point: np.ndarray


def squared_radii(points: np.ndarray, k: int) -> np.ndarray:
    """The squared distance of each point (N, D) to its k-th neighbour, float64.

    A point is not its own neighbour, but other points at the same place are its neighbours.
    """
    n, kept = len(points), min(k + MARGIN, len(points) - 1)
    norms = _norms(points)
    near = np.full((n, kept), np.inf, np.float32)
    index = np.zeros((n, kept), np.int64)

    def nearer(rows: slice, columns: slice, squares: np.ndarray) -> None:
        """Take the smallest of the known and of the new squared distances."""
        both = np.concatenate([near[rows], squares], axis=1)
        chosen = np.argpartition(both, kept - 1, axis=1)[:, :kept]
        near[rows] = np.take_along_axis(both, chosen, 1)
        new = columns.start + chosen - kept
        known = np.take_along_axis(index[rows], np.minimum(chosen, kept - 1), 1)
        index[rows] = np.where(chosen < kept, known, new)

    for start in range(0, n, ROWS):
        for other in range(start, n, ROWS):
            rows, columns = slice(start, start + ROWS), slice(other, other + ROWS)
            squares = _squares(points[rows], points[columns], norms[rows], norms[columns])
            if start == other:
                np.fill_diagonal(squares, np.inf)
            nearer(rows, columns, squares)
            if start != other:
                nearer(columns, rows, np.ascontiguousarray(squares.T))
    pairs = np.repeat(np.arange(n), kept), index.ravel()
    exact = _exact(points, points, *pairs).reshape(n, kept)
    return np.sort(exact, axis=1)[:, k - 1]


def inside(
    first: np.ndarray, second: np.ndarray, radii: tuple[np.ndarray, np.ndarray]
) -> tuple[Inside, Inside]:
    """Count the points of each set in the balls around the other: nearer than the radius.

    Arguments:
        first, second: The points (N, D) and (M, D).
        radii: The squared radii of the balls around the points of the first set (N,) and of the
            second set (M,), float64.

    Returns:
        The points of the second set in balls around the first, and those of the first set in
        balls around the second.
    """
    counts = [_Counts.of(len(first), len(second)), _Counts.of(len(second), len(first))]
    norms = _norms(first), _norms(second)
    for start in range(0, len(first), ROWS):
        for other in range(0, len(second), ROWS):
            rows, columns = slice(start, start + ROWS), slice(other, other + ROWS)
            reach = radii[0][rows, None], radii[1][None, columns]
            sizes = norms[0][rows], norms[1][columns]
            squares = _squares(first[rows], second[columns], *sizes)
            width = TOLERANCE * (sizes[0][:, None] + sizes[1])
            unsure = np.zeros(squares.shape, bool)
            for limit in reach:
                unsure |= np.abs(squares - limit.astype(np.float32)) <= width
            i, j = np.nonzero(unsure)
            exact = _exact(first[rows], second[columns], i, j)
            for count, limit, turned in zip(counts, reach, (False, True), strict=True):
                within = squares < limit.astype(np.float32)
                within[i, j] = exact < np.broadcast_to(limit, within.shape)[i, j]
                places = (columns, rows) if turned else (rows, columns)
                count.add(*places, (within.T if turned else within).astype(np.float32))
    return counts[0].found(), counts[1].found()


class _Counts(NamedTuple):
    """Sums over the blocks of a matrix (N, M) of flags, whether a ball has a point inside.

    Arguments:
        per_point, per_ball: The numbers of flags in each column and row.
        ball, point: The sums of the numbers of their rows and columns; of a single flag, its row
            or column.
    """

    per_point: np.ndarray
    per_ball: np.ndarray
    ball: np.ndarray
    point: np.ndarray

    @classmethod
    def of(cls, n_balls: int, n_points: int) -> _Counts:
        return cls(*(np.zeros(size) for size in (n_points, n_balls, n_points, n_balls)))

    def add(self, balls: slice, points: slice, within: np.ndarray) -> None:
        n_balls, n_points = within.shape
        numbers = [
            np.stack([np.ones(n), start + np.arange(n)]).astype(np.float32)
            for n, start in ((n_balls, balls.start), (n_points, points.start))
        ]
        for place, into, found in (
            (points, (self.per_point, self.ball), numbers[0] @ within),
            (balls, (self.per_ball, self.point), (within @ numbers[1].T).T),
        ):
            into[0][place] += found[0]
            into[1][place] += found[1]

    def found(self) -> Inside:
        only_ball = self.ball[self.per_point == 1].astype(np.int64)
        only_point = self.point[self.per_ball == 1].astype(np.int64)
        return Inside(
            self.per_point,
            self.per_ball,
            np.bincount(only_ball, minlength=len(self.per_ball)),
            np.bincount(only_point, minlength=len(self.per_point)),
        )


def _norms(points: np.ndarray) -> np.ndarray:
    """The squared norms (N,) of points, float32."""
    return np.einsum("nd,nd->n", points, points)


def _squares(
    first: np.ndarray, second: np.ndarray, norms: np.ndarray, others: np.ndarray
) -> np.ndarray:
    """The squared distances (N, M) of points to single precision of their norms."""
    found = first @ second.T
    found *= -2
    found += norms[:, None]
    found += others
    return found


def _exact(first: np.ndarray, second: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """The squared distances of pairs of points in double precision."""
    size = max(1, CHUNK // first.shape[1])
    found = np.empty(len(i))
    for start in range(0, len(i), size):
        pairs = slice(start, start + size)
        away = first[i[pairs]].astype(np.float64) - second[j[pairs]]
        found[pairs] = np.einsum("nd,nd->n", away, away)
    return found
