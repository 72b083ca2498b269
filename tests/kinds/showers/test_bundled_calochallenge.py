"""The bundled showers in the CaloChallenge's geometry: their physics against textbooks."""

from __future__ import annotations

import numpy as np
import pytest
from places import BUNDLED
from scipy.stats import kstest
from showers import read_showers

from ultimetric.kinds.showers.geometry import GEV, Geometry, geometry_config
from ultimetric.kinds.showers.kind import Showers

FILE = BUNDLED / "calochallenge_2.hdf5"
# Radiation lengths in mm and critical energies of electrons in MeV (Particle Data Group).
TUNGSTEN, SILICON = (3.504, 7.97), (93.70, 40.19)
THICKNESS_MM = (1.4, 0.3)
RADIATION_LENGTHS = THICKNESS_MM[0] / TUNGSTEN[0] + THICKNESS_MM[1] / SILICON[0]  # of a W-Si pair
# The loss by ionisation in one radiation length of the mixture.
CRITICAL_MEV = (
    THICKNESS_MM[0] / TUNGSTEN[0] * TUNGSTEN[1] + THICKNESS_MM[1] / SILICON[0] * SILICON[1]
) / RADIATION_LENGTHS
MOLIERE_MM = 21.2 / CRITICAL_MEV * sum(THICKNESS_MM) / RADIATION_LENGTHS
BINS = 8


@pytest.fixture(scope="module")
def showers() -> Showers:
    return read_showers(FILE, Geometry.from_config(geometry_config("calochallenge_2")))


@pytest.fixture(scope="module")
def bins(showers: Showers) -> list[np.ndarray]:
    """The rows in bins of the logarithm of the energy."""
    place = np.log(showers.energy) / np.log(100) * BINS
    return [np.flatnonzero(place.astype(int) == k) for k in range(BINS)]


def mean_log(energy: np.ndarray) -> float:
    return float(np.exp(np.log(energy).mean()))


def test_size_and_energies(showers: Showers) -> None:
    assert FILE.stat().st_size <= 4 * 2**20
    assert len(showers) == 2900
    assert kstest(np.log(showers.energy) / np.log(100), "uniform").pvalue > 0.01
    deposits = showers.voxels[showers.voxels > 0]
    assert deposits.min() >= np.float32(showers.geometry.threshold_MeV)


def test_response_and_resolution(showers: Showers, bins: list[np.ndarray]) -> None:
    """E_tot/E_inc is 0.95 at all energies, and its width 13 % / sqrt(E), as sampling gives."""
    response = showers.layer_energies.sum(1) / (GEV * showers.energy)
    for rows in bins:
        low, middle, high = np.quantile(response[rows], [0.16, 0.5, 0.84])
        width = (high - low) / 2
        # The median's error is 1.25 sigma / sqrt(n).
        assert abs(middle - 0.954) < 5 * 1.25 * width / np.sqrt(len(rows))
        root = np.sqrt((1 / showers.energy[rows]).mean())
        assert width / middle / root == pytest.approx(
            0.134, abs=4 * 0.134 * 0.9 / np.sqrt(len(rows))
        )


def test_longitudinal_maximum(showers: Showers, bins: list[np.ndarray]) -> None:
    """t_max = ln(E/E_c) - 0.5 of electrons, in radiation lengths."""
    silicon = RADIATION_LENGTHS * (2 * np.arange(showers.geometry.n_layers) + 1.5)
    found, expected = [], []
    for rows in bins:
        energy = showers.energy[rows]
        profile = (showers.layer_energies[rows] / energy[:, None]).mean(0)
        # Around its maximum, the logarithm of t^(a - 1) e^(-b t).
        near = profile > 0.15 * profile.max()
        terms = np.stack([np.log(silicon[near]), -silicon[near], np.ones(near.sum())], axis=1)
        (power, decay, _), *_ = np.linalg.lstsq(terms, np.log(profile[near]), rcond=None)
        found.append(power / decay)
        expected.append(np.log(GEV * mean_log(energy) / CRITICAL_MEV) - 0.5)
    slope, _ = np.polyfit(expected, found, 1)
    assert slope == pytest.approx(1, abs=0.1)
    assert np.abs(np.subtract(found, expected)).max() < 0.7
    assert np.mean(np.subtract(found, expected)) == pytest.approx(-0.35, abs=0.15)


def test_containment(showers: Showers, bins: list[np.ndarray]) -> None:
    """About 90 % within the Moliere radius, nearly nothing in the last layers."""
    edges = np.array(showers.geometry.radii_mm[0])
    assert pytest.approx(10.9, abs=0.1) == MOLIERE_MM
    for rows in bins:
        cells = showers.voxels[rows].reshape(len(rows), 45, 16, 9)
        within = np.cumsum(cells.sum((0, 1, 2), dtype=np.float64))
        share = np.concatenate([[0], within / within[-1]])
        assert 0.85 < np.interp(MOLIERE_MM, edges, share) < 0.92
        assert 0.95 < np.interp(2 * MOLIERE_MM, edges, share) < 0.98
        assert cells[:, -5:].sum() < 2e-3 * within[-1]


def test_occupancy_grows_with_energy(showers: Showers, bins: list[np.ndarray]) -> None:
    filled = (showers.voxels > 0).sum(1)
    means = np.array([filled[rows].mean() for rows in bins])
    energies = np.array([mean_log(showers.energy[rows]) for rows in bins])
    slope, at_1_GeV = np.polyfit(np.log(energies), np.log(means), 1)
    assert slope == pytest.approx(0.6, abs=0.05)
    assert np.exp(at_1_GeV) == pytest.approx(120, rel=0.1)


def test_showers_are_round(showers: Showers) -> None:
    """The mean energy in each of 16 angles is the same within errors."""
    angles = showers.voxels.reshape(len(showers), 45, 16, 9).sum((1, 3), dtype=np.float64)
    share = angles / angles.sum(1, keepdims=True)
    error = share.std(0, ddof=1) / np.sqrt(len(share))
    pulls = (share.mean(0) - 1 / 16) / error
    assert np.sqrt((pulls**2).mean()) < 1.6
