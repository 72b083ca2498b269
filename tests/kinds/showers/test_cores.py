"""The core of a distribution: hand values and the normal distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from ultimetric.kinds.showers.regression.cores import core, in_bins, linearity_and_resolution


def test_by_hand() -> None:
    """Nine of ten numbers: 1 to 9 without 100; their mean 5 and variance 60 / 9."""
    found = core(np.array([100.0, *range(9, 0, -1)]))
    assert found.mean == pytest.approx(5)
    assert found.width == pytest.approx(np.sqrt(60 / 9))
    assert found.resolution == pytest.approx(np.sqrt(60 / 9) / 5)


def test_of_a_normal_distribution() -> None:
    """var = 1 - 2 z phi(z) / 0.9 inside |x| < z = 1.645."""
    z = norm.ppf(0.95)
    expected = np.sqrt(1 - 2 * z * norm.pdf(z) / 0.9)
    assert expected == pytest.approx(0.789, abs=1e-3)
    rng = np.random.default_rng(1)
    found = core(10 + 2 * rng.normal(size=200_000))
    assert found.mean == pytest.approx(10, abs=0.05)
    assert found.width == pytest.approx(2 * expected, rel=0.01)


def test_tails_do_not_count() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=2000)
    tail = np.r_[values, np.full(100, 50.0)]
    assert core(tail).mean == pytest.approx(core(values).mean, abs=0.1)
    assert core(tail).width < 1.1


def test_errors_are_those_of_many_sets() -> None:
    rng = np.random.default_rng(1)
    found = [
        linearity_and_resolution(rng.normal(1, 0.1, 500), 30, np.random.default_rng(2))
        for _ in range(100)
    ]
    spread = np.std([x[:, 0] for x in found], axis=0)
    np.testing.assert_allclose(np.mean([x[:, 1] for x in found], axis=0), spread, rtol=0.3)


def test_bins_of_true_energy() -> None:
    rng = np.random.default_rng(1)
    energy = np.r_[np.full(2000, 5.0), np.full(2000, 15.0), np.full(5, 25.0)]
    ratio = np.where(energy < 10, 0.9 + 0.2 * rng.normal(size=4005), 1.1)
    found = in_bins(energy, ratio * energy, np.array([0, 10, 20, 30]), 10, rng)
    assert found[0, 0, :2] == pytest.approx([0.9, 1.1], abs=0.02)
    assert found[1, 0, :2] == pytest.approx([0.789 * 0.2 / 0.9, 0], rel=0.1, abs=1e-9)
    assert np.isnan(found[..., 2]).all()
