"""Controls do to the truth exactly what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from models import make

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers


def test_baseline_has_right_marginals_and_no_correlations(eplus: Showers, coarse) -> None:
    generator = make("independent_voxels", coarse)
    generator.fit(eplus[:4000], eplus[4000:4100], seed=1)
    showers = generator.sample(4000, seed=1)
    truth = eplus[4000:8000]
    occupied = (truth.voxels > 0).mean(0)
    assert np.abs((showers.voxels > 0).mean(0) - occupied).max() < 0.05

    def correlation(x: Showers) -> float:
        """Of the shares of layers 0 and 1, near 50 GeV: what is not in one is in the other."""
        near = np.abs(x.energy - 50) < 5
        share = x.layer_energies[near, :2] / (1e3 * x.energy[near, None])
        return np.corrcoef(share.T)[0, 1]

    assert correlation(truth) < -0.9
    assert abs(correlation(showers)) < 0.2


def test_planted_fault_is_what_it_says(eplus: Showers, coarse: Geometry) -> None:
    generator = make("planted", coarse)
    generator.fit(eplus[:5000], eplus[5000:5100], seed=1)
    showers = generator.sample(5000, seed=1)
    response = showers.voxels.sum(1) / (1e3 * showers.energy)
    faulty = np.abs(response - 1.1) < 1e-4
    assert faulty.mean() == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / 5000))
    assert np.array_equal(showers.voxels[~faulty], eplus.voxels[:5000][~faulty])
    # Nothing true is up there, so that the ideal AUC is 0.5 + f/2.
    assert (eplus.voxels.sum(1) / (1e3 * eplus.energy)).max() < 1.02
    assert generator.ideal_auc == 0.6


def test_planted_fault_lies_above_all_truth(eplus: Showers, coarse: Geometry) -> None:
    total = eplus.voxels.sum(1)
    wide = replace(eplus, voxels=eplus.voxels * (1.4 * 1e3 * eplus.energy / total)[:, None])
    generator = make("planted", coarse)
    generator.fit(wide[:200], wide[200:210], seed=1)
    showers = generator.sample(200, seed=1)
    response = showers.voxels.sum(1) / (1e3 * showers.energy)
    assert set(response.round(3)) == {1.4, 1.47}


def test_planted_fault_has_the_scale_of_what_cells_see(eplus: Showers, coarse: Geometry) -> None:
    silicon = replace(coarse, visible=0.02, threshold_MeV=0.0)
    few = replace(eplus[:300], voxels=0.02 * eplus.voxels[:300])
    generator = make("planted", silicon)
    generator.fit(few[:200], few[200:], seed=1)
    showers = generator.sample(200, seed=1)
    response = showers.voxels.sum(1) / (1e3 * showers.energy)
    assert response.max() == pytest.approx(0.02 * 1.1, rel=1e-5)


def test_stored_truth_is_handed_on_once(eplus: Showers, coarse: Geometry) -> None:
    generator = make("independent", coarse)
    generator.fit(eplus[:100], eplus[100:110], seed=1)
    assert np.array_equal(generator.sample(100, seed=1).voxels, eplus.voxels[:100])
    with pytest.raises(UserError, match="111 showers were asked for, 110 are stored"):
        generator.sample(111, seed=1)
