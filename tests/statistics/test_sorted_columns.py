"""Distances in many columns for many weightings: against scipy, and random directions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gamma
from scipy.stats import ks_2samp, kstest, wasserstein_distance

from ultimetric.statistics.bootstrap import bootstrap_weights
from ultimetric.statistics.sorted_columns import (
    SortedColumns,
    directions,
    kolmogorov_smirnov,
    opposed,
    opposed_labels,
    wasserstein,
)

N, M, REPLICAS = 300, 170, 20


@pytest.fixture(scope="module")
def both() -> np.ndarray:
    """A column without equal values, one with many, and one that is constant."""
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(size=N), rng.exponential(size=M)])
    return np.stack([values, values.round(0), np.ones(N + M)], axis=1)


def test_agrees_with_scipy_for_all_weightings(both) -> None:
    rng = np.random.default_rng(2)
    weights = bootstrap_weights(N, REPLICAS, rng), bootstrap_weights(M, REPLICAS, rng)
    columns = SortedColumns.of(both)
    steps = columns.distances(opposed(*weights), kolmogorov_smirnov)
    areas = columns.distances(opposed(*weights), wasserstein)
    assert steps.shape == areas.shape == (1 + REPLICAS, 3)
    for k, column in enumerate(both.T):
        first, second = column[:N], column[N:]
        expected = [
            wasserstein_distance(first, second, w, v) for w, v in zip(*weights, strict=True)
        ]
        np.testing.assert_allclose(areas[:, k], expected, atol=1e-12)
        assert steps[0, k] == pytest.approx(ks_2samp(first, second).statistic, abs=1e-12)
        # In a replica, entries occur several times.
        counts = [np.rint(w[1] / w[1][w[1] > 0].min()).astype(int) for w in weights]
        repeated = np.repeat(first, counts[0]), np.repeat(second, counts[1])
        assert steps[1, k] == pytest.approx(ks_2samp(*repeated).statistic, abs=1e-12)


def test_exchanged_labels(both) -> None:
    rng = np.random.default_rng(3)
    label = rng.permuted(np.tile(np.arange(N + M) < N, (5, 1)), axis=1)
    found = SortedColumns.of(both).distances(opposed_labels(label), kolmogorov_smirnov)
    for row, truth in zip(found, label, strict=True):
        expected = [ks_2samp(x[truth], x[~truth]).statistic for x in both.T]
        np.testing.assert_allclose(row, expected, atol=1e-12)


def test_the_order_of_the_entries_does_not_matter(both) -> None:
    order = np.random.default_rng(4).permutation(N + M)
    weights = opposed_labels(np.arange(N + M)[None] < N)
    for measure in (kolmogorov_smirnov, wasserstein):
        found = SortedColumns.of(both).distances(weights, measure)
        again = SortedColumns.of(both[order]).distances(weights[:, order], measure)
        np.testing.assert_allclose(found, again, rtol=1e-10, atol=1e-14)


def test_directions_are_even_on_the_sphere() -> None:
    """E |theta mu| = |mu| Gamma(d / 2) / (sqrt(pi) Gamma((d + 1) / 2))."""
    rng = np.random.default_rng(5)
    found = directions(3, 20_000, rng)
    np.testing.assert_allclose(np.linalg.norm(found, axis=0), 1)
    # In three dimensions each component is uniform in [-1, 1] (Archimedes).
    assert min(kstest((x + 1) / 2, "uniform").pvalue for x in found) > 0.01
    mean = gamma(3) / (np.sqrt(np.pi) * gamma(3.5))
    projected = np.abs(np.full(6, 2.0) @ directions(6, 20_000, rng))
    assert projected.mean() == pytest.approx(np.sqrt(24) * mean, rel=0.02)
