"""Conditions are drawn with the spectrum of the truth, which may have a few values only."""

from __future__ import annotations

import numpy as np
import torch
from scipy.stats import chisquare, ks_2samp

from ultimetric.generators.conditions import QUANTILES, drawn, spectrum, spectrum_size
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind

KIND = ShowerKind.of(Geometry.from_config(geometry_config("calochallenge_1_photons")))


def draws(truth: np.ndarray, n: int) -> np.ndarray:
    kept = spectrum(KIND, truth[:, None])
    assert kept.shape == (spectrum_size(KIND),) == (QUANTILES,)
    found = drawn(KIND, kept, n, torch.Generator().manual_seed(3))
    assert found.shape == (n, 1)
    return found[:, 0]


def test_discrete_energies_stay_discrete() -> None:
    """15 energies, the highest of them rare: none lies between, and shares are the truth's."""
    energies = np.array(KIND.geometry.spectrum)
    counts = np.where(np.arange(15) < 11, 10_000, 11_000 // 2 ** np.arange(15).clip(11))
    truth = np.random.default_rng(1).permutation(np.repeat(energies, counts.clip(100)))
    found = draws(truth, 60_000)
    values, seen = np.unique(found, return_counts=True)
    np.testing.assert_array_equal(values, energies)
    shares = counts.clip(100) / counts.clip(100).sum()
    assert chisquare(seen, 60_000 * shares).pvalue > 0.01


def test_one_energy_is_one_energy() -> None:
    assert set(draws(np.full(100, 65.536), 50)) == {65.536}


def test_continuous_energies_are_interpolated() -> None:
    """Between quantiles, as they always were; also those of few showers, none like another."""
    truth = np.geomspace(1, 1000, 20_000)
    found = draws(truth, 20_000)
    assert len(np.unique(found)) == 20_000
    assert ks_2samp(found, truth).pvalue > 0.01
    levels = torch.rand(50, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    table = np.quantile(truth, np.linspace(0, 1, 1001))
    expected = np.interp(levels.numpy(), np.linspace(0, 1, 1001), table)
    np.testing.assert_array_equal(draws(truth, 50), expected)
    assert len(np.unique(draws(np.geomspace(1, 1000, 20), 500))) == 500
