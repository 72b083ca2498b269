"""Unusual entries are counted."""

from __future__ import annotations

import numpy as np
from given import given_of, rows_of
from showers import showers_of

from ultimetric.analyses.counts import Counts
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers

from ..kinds.jets.test_jets import made_up


def test_counts_by_hand(eplus: Showers, coarse: Geometry) -> None:
    sample = eplus[1000:1300]
    voxels = sample.voxels.copy()
    voxels[0] = 0
    voxels[1] = voxels[2]
    voxels[3] = eplus.voxels[5]
    voxels[4] = 2 * voxels[4]
    energy = sample.energy.copy()
    planted = showers_of(coarse, energy, voxels)
    found = rows_of(Counts({}), given_of(eplus[:1000], planted))
    assert found["empty_showers"].value == 1
    assert found["duplicates"].value == 1
    assert found["duplicates_of_truth"].value == 1
    above = (sample.voxels.sum(1) > 1e3 * energy)[5:].sum()
    assert found["above_incident_energy"].value >= 1 + above
    empty = (planted.layer_energies[:, 2] == 0).sum()
    assert found["empty_layer_2"].value == empty > 0
    assert found["empty_layer_0"].value == 1
    assert "sharing_a_group" not in found


def test_jets_of_one_collision_are_no_duplicates() -> None:
    jets = made_up(400)  # two of each collision
    found = rows_of(Counts({}), given_of(made_up(100, seed=1), jets[np.arange(399)]))
    assert found["duplicates"].value == found["duplicates_of_truth"].value == 0
    assert found["sharing_a_group"].value == 398
