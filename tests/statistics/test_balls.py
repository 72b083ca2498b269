"""Balls to the k-th neighbour against all distances in double precision, one by one."""

from __future__ import annotations

import numpy as np
import pytest

from ultimetric.statistics import balls
from ultimetric.statistics.balls import inside, squared_radii


def squares(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    away = first[:, None].astype(np.float64) - second[None]
    return (away**2).sum(-1)


def sets(seed: int, size: int, offset: float) -> tuple[np.ndarray, np.ndarray]:
    """Points on a coarse lattice, so that many distances are equal and many points coincide."""
    rng = np.random.default_rng(seed)
    first, second = (np.round(2 * rng.normal(size=(n, size))) / 4 for n in (150, 110))
    return (first + offset).astype(np.float32), (second + offset + 0.25).astype(np.float32)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch) -> None:
    monkeypatch.setattr(balls, "ROWS", 32)
    monkeypatch.setattr(balls, "CHUNK", 100)


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize(("size", "offset"), [(2, 0.0), (2, 30.0), (40, 3.0)])
def test_all_distances(size: int, offset: float, k: int) -> None:
    """Rounding in single precision, large far from the origin, moves no point across a border."""
    first, second = sets(1, size, offset)
    radii = []
    for x in (first, second):
        own = squares(x, x)
        np.fill_diagonal(own, np.inf)
        radii.append(np.sort(own, axis=1)[:, k - 1])
        np.testing.assert_array_equal(squared_radii(x, k), radii[-1])
    found = inside(first, second, (radii[0], radii[1]))
    between = squares(first, second)
    expected = (between < radii[0][:, None]), (between < radii[1]).T
    for one, within in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.balls, within.sum(0))
        np.testing.assert_array_equal(one.points, within.sum(1))
        alone = within & (within.sum(0) == 1)
        np.testing.assert_array_equal(one.only_ball, alone.sum(1))
        alone = within & (within.sum(1) == 1)[:, None]
        np.testing.assert_array_equal(one.only_point, alone.sum(0))


def test_a_point_at_the_radius_is_outside() -> None:
    """Balls of 0, 1 and 3 with k = 1 reach 1, 1 and 2; of 2 and 7 they reach 5 each."""
    first, second = (np.array(x, np.float32)[:, None] for x in ([0, 1, 3], [2, 7]))
    radii = squared_radii(first, 1), squared_radii(second, 1)
    np.testing.assert_array_equal(radii[0], [1, 1, 4])
    np.testing.assert_array_equal(radii[1], [25, 25])
    around_first, around_second = inside(first, second, radii)
    np.testing.assert_array_equal(around_first.balls, [1, 0])
    np.testing.assert_array_equal(around_first.points, [0, 0, 1])
    np.testing.assert_array_equal(around_first.only_ball, [0, 0, 1])
    np.testing.assert_array_equal(around_second.balls, [1, 1, 2])
    np.testing.assert_array_equal(around_second.points, [3, 1])
    np.testing.assert_array_equal(around_second.only_ball, [2, 0])
    np.testing.assert_array_equal(around_second.only_point, [0, 0, 1])
