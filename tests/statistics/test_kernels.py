"""The maximum mean discrepancy against all pairs, one by one."""

from __future__ import annotations

import numpy as np
import pytest

from ultimetric.statistics import kernels
from ultimetric.statistics.kernels import discrepancy, exchanged, unbiased_mmd


def all_pairs(x: np.ndarray, y: np.ndarray) -> float:
    """The definition, written for the test."""

    def k(a: np.ndarray, b: np.ndarray) -> float:
        return (a @ b / len(a) + 1) ** 4

    n, m = len(x), len(y)
    within = sum(k(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    within += sum(k(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return within - 2 * np.mean([k(a, b) for a in x for b in y])


@pytest.fixture
def sets() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.normal(size=(17, 3)), rng.normal(0.3, 1.2, size=(12, 3))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch) -> None:
    monkeypatch.setattr(kernels, "ROWS", 5)


def test_two_numbers_by_hand() -> None:
    """k(0, 1) = 1, k(2, 2) = 5^4, k(0, 2) = 1, k(1, 2) = 3^4: 1 + 625 - (1 + 81)."""
    first, second = np.array([[0.0], [1.0]]), np.array([[2.0], [2.0]])
    assert unbiased_mmd(first, second) == pytest.approx(1 + 625 - 82)


def test_all_pairs_in_blocks(sets) -> None:
    expected = all_pairs(*sets)
    assert unbiased_mmd(*sets) == pytest.approx(expected)
    sides = exchanged((17, 12), 6, np.random.default_rng(2))
    points = np.concatenate(sets)
    found = discrepancy(points, sides)
    assert found.value == pytest.approx(expected)
    others = [all_pairs(points[side], points[~side]) for side in sides[1:]]
    np.testing.assert_allclose(found.null, others)


def test_contributions_are_what_a_point_brings(sets) -> None:
    """The mean of the contributions of one side is its mean kernel within minus that across.

    Both sides count the pairs across, hence the sum of the two means is twice the estimate.
    """
    sides = exchanged((17, 12), 2, np.random.default_rng(2))
    found = discrepancy(np.concatenate(sets), sides)
    means = sum(float(x.mean()) for x in found.components.sides)
    assert means == pytest.approx(2 * all_pairs(*sets))


def test_groups_change_sides_together() -> None:
    group = np.array([0, 0, 1, 2, 3, 3, 3, 4])
    sides = exchanged((4, 4), 50, np.random.default_rng(3), group)
    np.testing.assert_array_equal(sides[0], [True] * 4 + [False] * 4)
    assert (sides[:, 0] == sides[:, 1]).all()
    assert (sides[:, 4] == sides[:, 5]).all()
    assert (sides[:, 4] == sides[:, 6]).all()
    assert (sides[1:] != sides[0]).any(0).all()


def test_a_group_of_both_sides_stays_mixed() -> None:
    """One group of two truth and two sample points among lone points: no label is lost."""
    group = np.array([9, 9, 1, 2, 9, 9, 3, 4])
    sides = exchanged((4, 4), 400, np.random.default_rng(4), group)
    assert sides.mean() == pytest.approx(0.5, abs=0.05)
