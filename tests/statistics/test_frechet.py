"""The Fréchet distance against closed forms and numpy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm

from ultimetric.statistics.frechet import (
    PRODUCTS,
    Moments,
    batch_sizes,
    extrapolated,
    frechet_distance,
    moments_of,
)


def test_normal_distributions_with_independent_coordinates() -> None:
    """(1 - 4)^2 + (2 - 3)^2 + (1 - 1)^2."""
    first = Moments(np.array([1.0, 0.0]), np.diag([4.0, 1.0]))
    second = Moments(np.array([4.0, 0.0]), np.diag([9.0, 1.0]))
    assert frechet_distance(first, second) == pytest.approx(10)


def test_the_square_root_of_the_product_of_covariances() -> None:
    rng = np.random.default_rng(1)
    first, second = (Moments(rng.normal(size=4), np.cov(rng.normal(size=(4, 9)))) for _ in "ab")
    root = sqrtm(first.covariance @ second.covariance)
    away = first.mean - second.mean
    expected = away @ away + np.trace(first.covariance + second.covariance - 2 * root.real)
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-10)


def test_a_singular_covariance_is_no_obstacle() -> None:
    """All points on a line in both sets: the distance is that along the line."""
    line = np.array([[0.6], [0.8]])
    first = Moments(np.zeros(2), 4.0 * line @ line.T)
    second = Moments(line[:, 0], 9.0 * line @ line.T)
    assert frechet_distance(first, second) == pytest.approx(1 + 1, abs=1e-7)
    assert frechet_distance(first, first) == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("size", [3, PRODUCTS // 30])
def test_moments_are_those_of_repeated_points(size: int) -> None:
    rng = np.random.default_rng(2)
    points, counts = 100 + rng.normal(size=(1500, size)), rng.poisson(1.0, (3, 1500))
    for times, found in zip(counts, moments_of(points, counts), strict=True):
        repeated = np.repeat(points, times, axis=0)
        np.testing.assert_allclose(found.mean, repeated.mean(0))
        np.testing.assert_allclose(found.covariance, np.cov(repeated.T), rtol=1e-10, atol=1e-12)


def test_batches_of_the_published_sizes() -> None:
    sizes = batch_sizes(20_000, 50_000, 10)
    assert (sizes[0], sizes[-1]) in [(20_000, 50_000), (20_000, 49_999)]
    np.testing.assert_allclose(np.diff(1 / sizes), np.diff(1 / sizes).mean(), rtol=1e-3)


def test_the_bias_of_small_batches_is_extrapolated_away() -> None:
    """The squared distance of means, 0.25; that of batches of 200 is larger."""
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(2, 20_000, 6))
    second[:, 0] += 0.5
    value, error = extrapolated(first, second, batch_sizes(200, 1000, 5), 20, rng)
    assert value == pytest.approx(0.25, abs=0.02)
    assert 0 < error < 0.02
    counts = [rng.multinomial(200, np.full(20_000, 1 / 20_000), size=20) for _ in range(2)]
    pairs = zip(moments_of(first, counts[0]), moments_of(second, counts[1]), strict=True)
    assert np.mean([frechet_distance(*pair) for pair in pairs]) > 0.28
