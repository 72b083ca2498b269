"""The bundled photons in the calorimeter of ILD: their physics, read in both geometries."""

from __future__ import annotations

import runpy

import numpy as np
import pytest
from places import BUNDLED, REPOSITORY
from scipy.stats import chisquare, kstest
from showers import read_showers

from ultimetric.data.hdf5 import read_attributes
from ultimetric.kinds.showers.geometries import checked_geometry
from ultimetric.kinds.showers.geometry import GEV, Geometry
from ultimetric.kinds.showers.kind import Showers
from ultimetric.observed import compute

UNIFORM, DISCRETE = BUNDLED / "photons.hdf5", BUNDLED / "photons_discrete.hdf5"
ENERGIES = [20, 30, 40, 50, 60, 70, 80, 90]
PRINTED = runpy.run_path(str(REPOSITORY / "benchmarks" / "ild.py"))


def read(path, geometry: str = "ild") -> Showers:
    return read_showers(path, Geometry.from_config(checked_geometry(geometry)))


@pytest.fixture(scope="module")
def discrete() -> Showers:
    return read(DISCRETE)


@pytest.fixture(scope="module")
def of_energy(discrete: Showers) -> dict[float, np.ndarray]:
    """The rows of each energy."""
    return {energy: np.flatnonzero(discrete.energy == energy) for energy in ENERGIES}


def test_sizes_and_energies(of_energy) -> None:
    assert UNIFORM.stat().st_size + DISCRETE.stat().st_size <= 6 * 2**20
    core = read(UNIFORM, "ild_core")
    assert core.voxels.shape == (3000, 15**3)
    assert kstest((core.energy - 10) / 90, "uniform").pvalue > 0.01
    counts = [len(rows) for rows in of_energy.values()]
    assert sum(counts) == 480
    assert chisquare(counts).pvalue > 0.01
    for path in (UNIFORM, DISCRETE):
        assert read_attributes(path)["incidence"].startswith("perpendicular, at (2.5, 2.5) mm")
        assert "9 mantissa bits" in read_attributes(path)["rounding"]


def test_response_and_resolution(discrete: Showers, of_energy) -> None:
    """Weighted with their tungsten, the layers see 2.4 % at all energies, to 13 % / sqrt(E)."""
    weights = np.where(np.arange(30) < 20, 1, 2)
    for energy, rows in of_energy.items():
        layers = discrete.layer_energies[rows] / (GEV * energy)
        mean, width = PRINTED["core"]((layers * weights).sum(1))
        assert mean == pytest.approx(0.02415, abs=4 * width / np.sqrt(len(rows)))
        assert width / mean * np.sqrt(energy) == pytest.approx(0.13, abs=0.035)
        visible = PRINTED["core"](layers.sum(1))[0]
        assert 0.021 < visible < 0.0225  # the thick layers at the back see less


def test_maximum_and_containment(discrete: Showers, of_energy) -> None:
    """The maximum of photons lies at about ln(E/E_c) + 0.5 radiation lengths."""
    assert PRINTED["silicon_depths"]()[-1] == pytest.approx(25.3, abs=0.1)
    core = read(DISCRETE, "ild_core")
    for energy, rows in of_energy.items():
        found = PRINTED["maximum"](discrete.layer_energies[rows].mean(0))
        expected = np.log(GEV * energy / PRINTED["critical_MeV"]()) + 0.5
        assert -1.2 < found - expected < 0.3
        share = core.layer_energies[rows].sum() / discrete.layer_energies[rows].sum()
        assert share == pytest.approx(0.83, abs=0.03)


def test_the_peak_of_minimum_ionising_particles(discrete: Showers) -> None:
    """525 um of silicon: 0.15 MeV and a little more, as most particles are not perpendicular."""
    assert PRINTED["most_probable_hit"](discrete) == pytest.approx(0.165, abs=0.02)
    assert discrete.voxels[discrete.voxels > 0].min() >= np.float32(0.1)


def test_showers_are_centred_on_the_beam(discrete: Showers) -> None:
    found = compute(discrete)
    for name in ("centre_x", "centre_y"):
        error = found[name].std() / np.sqrt(len(discrete))
        assert found[name].mean() == pytest.approx(2.5, abs=4 * error)
        assert error < 0.05
    hits = [found["n_hits"][discrete.energy == energy].mean() for energy in ENERGIES]
    slope, _ = np.polyfit(np.log(ENERGIES), np.log(hits), 1)
    assert slope == pytest.approx(0.64, abs=0.05)
