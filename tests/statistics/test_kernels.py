"""The maximum mean discrepancy against all pairs, one by one."""

from __future__ import annotations

import numpy as np
import pytest

from ultimetric.statistics import kernels
from ultimetric.statistics.kernels import discrepancy, unbiased_mmd


def all_pairs(x: np.ndarray, y: np.ndarray, degree: int = 4) -> float:
    """The definition, written for the test."""

    def k(a: np.ndarray, b: np.ndarray) -> float:
        return (a @ b / len(a) + 1) ** degree

    n, m = len(x), len(y)
    within = sum(k(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    within += sum(k(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return within - 2 * np.mean([k(a, b) for a in x for b in y])


def divisions(n: int) -> np.ndarray:
    """Of 29 points, the first 17, and other sets of 17 or fewer."""
    rng = np.random.default_rng(2)
    first = np.arange(29) < 17
    others = [rng.permutation(first) & (rng.random(29) < 0.9) for _ in range(n)]
    return np.stack([first, *others])


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
    sides = divisions(6)
    points = np.concatenate(sets)
    found = discrepancy(points, sides)
    assert found.value == pytest.approx(expected)
    others = [all_pairs(points[side], points[~side]) for side in sides[1:]]
    np.testing.assert_allclose(found.null, others)


@pytest.mark.parametrize("degree", [1, 2, 3, 5])
def test_other_degrees(sets, degree: int) -> None:
    found = discrepancy(np.concatenate(sets), divisions(2), degree=degree)
    assert found.value == pytest.approx(all_pairs(*sets, degree=degree))


def test_contributions_are_what_a_point_brings(sets) -> None:
    """The mean of the contributions of one side is its mean kernel within minus that across.

    Both sides count the pairs across, hence the sum of the two means is twice the estimate.
    """
    found = discrepancy(np.concatenate(sets), divisions(2))
    means = sum(float(x.mean()) for x in found.components.sides)
    assert means == pytest.approx(2 * all_pairs(*sets))
