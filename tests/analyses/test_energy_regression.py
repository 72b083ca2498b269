"""Estimated incident energies: the network, its moments, and numbers of known answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from given import dataset_of, sample_of
from places import PACKAGE
from showers import showers_of

from ultimetric.analyses.given import Given
from ultimetric.data.hdf5 import write_arrays
from ultimetric.kinds.showers.analyses.energy_regression import EnergyRegression
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.kinds.showers.regression.energy import EnergyRegressor
from ultimetric.kinds.showers.regression.predictions import (
    HELD_OUT,
    NUMBERS,
    Predictions,
    arrays_of,
    in_bins,
    quality,
    read_predictions,
)
from ultimetric.observed import compute

CARDS = yaml.safe_load((PACKAGE / "kinds/showers/analyses/energy_regression.yaml").read_text())


def regressor(geometry: Geometry, card: str = "tiny", **changes) -> EnergyRegressor:
    torch.manual_seed(0)
    return EnergyRegressor(CARDS[card] | changes, ShowerKind.of(geometry))


@pytest.mark.parametrize("inputs", ["high_level", "energies", "normalised", "unnormalised"])
def test_never_sees_the_incident_energy(inputs: str, eplus: Showers, coarse: Geometry) -> None:
    network = regressor(coarse, inputs=[inputs])
    other = replace(eplus[:50], energy=eplus.energy[50:100])
    first, second = network.predict(eplus[:50]), network.predict(other)
    assert np.array_equal(first.mean, second.mean)
    assert np.array_equal(first.sigma, second.sigma)


def test_moments_are_those_of_the_mixture(eplus: Showers, coarse: Geometry) -> None:
    """Against draws of the mixture in ln(E_inc / E_tot)."""
    network = regressor(coarse, network={"components": 3, "hidden_features": [8]})
    network.target_mean.fill_(0.3)
    network.target_std.fill_(0.2)
    said = network.predict(eplus[:3])
    c = network._prepared(network._inputs(eplus[:3], None))
    n = 200_000
    z = torch.randn(n, 2, generator=torch.Generator().manual_seed(1))
    for i in range(3):
        with torch.no_grad():
            y = 0.3 + 0.2 * network.network.decode(c[i : i + 1].expand(n, -1), z).double()
        energy = eplus.voxels[i].sum() / 1e3 * y.exp().numpy()
        assert said.mean[i] == pytest.approx(energy.mean(), rel=5e-3)
        assert said.sigma[i] == pytest.approx(energy.std(), rel=2e-2)


def test_resolution_of_a_known_detector(eplus: Showers, coarse: Geometry) -> None:
    """Showers scaled by a lognormal factor of width 0.1: that is what can be known, no more."""
    rng = np.random.default_rng(1)
    factor = np.exp(0.1 * rng.normal(size=(6000, 1)))
    energy = np.exp(rng.uniform(np.log(2), np.log(100), 6000))  # no prior in the logarithm
    scaled = eplus.voxels[:6000] * (energy / eplus.energy[:6000])[:, None] * factor
    showers = showers_of(coarse, energy, scaled.astype(np.float32))
    train = {"epochs": 20, "batch": 200, "lr": 5e-3}
    network = regressor(coarse, network={"components": 1, "hidden_features": [16]}, train=train)
    network.fit(showers[:3000], showers[3000:4000], seed=1)
    seen = network.predict(showers[4000:])
    middle = seen[(seen.energy > 4) & (seen.energy < 50)]  # away from the ends of the spectrum
    numbers = quality(middle, 50, rng)
    assert numbers["resolution"][0] == pytest.approx(0.1, abs=0.012)
    assert numbers["pull_width"][0] == pytest.approx(1, abs=0.12)
    assert np.median(middle.sigma / middle.mean) == pytest.approx(0.1, abs=0.012)


def test_empty_and_strange_showers_have_a_finite_energy(eplus: Showers, coarse: Geometry) -> None:
    network = regressor(coarse)
    network.fit(eplus[:200], eplus[200:250], seed=1)
    voxels = np.zeros((2, coarse.n_voxels), np.float32)
    voxels[1, -1] = 1e6
    found = network.predict(showers_of(coarse, np.array([10.0, 10.0]), voxels))
    assert np.isfinite(found.mean).all()
    assert (found.sigma > 0).all()


def test_numbers_by_hand() -> None:
    """Errors -10 %, 0, 10 %, 20 % at 10 GeV with sigma 2 GeV: pulls -1/2, 0, 1/2, 1."""
    energy = np.full(4, 10.0)
    given = Predictions(energy, np.array([9.0, 10.0, 11.0, 12.0]), np.full(4, 2.0))
    numbers = quality(given, 20, np.random.default_rng(1))
    width = np.sqrt(1.25) / 10
    expected = {"bias": 0.05, "resolution": width, "pull_mean": 0.25, "pull_width": 5 * width}
    assert {name: value for name, (value, _) in numbers.items()} == pytest.approx(expected)


def test_errors_are_those_of_many_sets() -> None:
    rng = np.random.default_rng(1)
    energy = np.full(500, 10.0)

    def numbers() -> dict[str, tuple[float, float]]:
        return quality(
            Predictions(energy, rng.normal(10, 1, 500), np.ones(500)), 50, np.random.default_rng(2)
        )

    many = [numbers() for _ in range(100)]
    for name in NUMBERS:
        spread = np.std([one[name][0] for one in many])
        assert np.mean([one[name][1] for one in many]) == pytest.approx(spread, rel=0.25)


def test_bins_of_true_energy() -> None:
    rng = np.random.default_rng(1)
    energy = np.r_[np.full(2000, 5.0), np.full(2000, 15.0), np.full(5, 25.0)]
    width = np.where(energy < 10, 0.2, 0.1)
    mean = energy * (1 + width * rng.normal(size=len(energy)))
    found = in_bins(Predictions(energy, mean, 0.3 * energy), np.array([0, 10, 20, 30]), 20, rng)
    assert found["resolution"][0, :2] == pytest.approx([0.2, 0.1], rel=0.1)
    assert found["expected"][0, :2] == pytest.approx([0.3, 0.3])
    assert all(np.isnan(numbers[:, 2]).all() for numbers in found.values())


def test_file_comes_back(tmp_path: Path) -> None:
    sets = {
        name: Predictions(*np.random.default_rng(1).random((3, 5))) for name in ("a", HELD_OUT)
    }
    write_arrays(tmp_path / "file.hdf5", arrays_of(sets))
    found = read_predictions(tmp_path / "file.hdf5")
    assert found.keys() == sets.keys()
    for name, expected in sets.items():
        assert np.array_equal(found[name].pull, expected.pull)


def test_analysis(eplus: Showers) -> None:
    """Truth passed on is told from showers never seen; equal seeds give equal numbers."""
    samples = {"passed_on": eplus[:100], "model": eplus[350:450]}
    dataset = dataset_of(
        "eplus",
        eplus[250:350],
        *(sample_of(name, showers) for name, showers in samples.items()),
        training=eplus[:200],
        validation=eplus[200:250],
    )
    first, second = (
        EnergyRegression({}, CARDS["tiny"]).result(Given({"eplus": dataset}, seed=1)) for _ in "ab"
    )
    table = first.table
    pd.testing.assert_frame_equal(table, second.table)
    assert set(table["sample"]) == {*samples, HELD_OUT}
    assert set(table["metric"]) == set(NUMBERS)
    trained_on = table["note"].str.contains("was trained on")
    assert set(table["sample"][trained_on]) == {"passed_on"}
    assert (table["n_train"] == 250).all()
    assert (table["n_test"] == 100).all()
    assert {name.split("/")[0] for name in first.arrays} == {*samples, HELD_OUT}
    assert all(len(values) == 100 for values in first.arrays.values())


def test_tables_change_nothing(eplus: Showers, coarse: Geometry) -> None:
    """Observables that were computed before give the estimates of those computed here."""
    network = regressor(coarse, inputs=["high_level"])
    known, computed = network.predict(eplus[:50], compute(eplus[:50])), network.predict(eplus[:50])
    assert np.array_equal(known.mean, computed.mean)
