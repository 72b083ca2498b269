"""Distance of mean showers: by hand, by blocks, errors and p-values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from given import given_of, rows_of
from scipy.stats import kstest

from ultimetric import events
from ultimetric.kinds.showers.analyses.mean_shower_distance import MeanShowerDistance
from ultimetric.kinds.showers.kind import Showers

METRIC = "mean_shower_distance"


def mean(showers: Showers) -> np.ndarray:
    """The mean share (n_voxels,) of the incident energy in each cell."""
    return (showers.voxels / (1e3 * showers.energy[:, None])).mean(0)


def test_brighter_showers(eplus: Showers) -> None:
    """All deposits 5 % up: both distances are 5 %."""
    truth = eplus[:500]
    brighter = replace(truth, voxels=truth.voxels * np.float32(1.05))
    found = rows_of(MeanShowerDistance({}), given_of(truth, brighter))
    assert found[METRIC].value == pytest.approx(0.05, rel=1e-4)
    assert found[f"{METRIC}_l1"].value == pytest.approx(0.05, rel=1e-4)


def test_energy_in_a_wrong_cell(eplus: Showers) -> None:
    """Half of the energy of each shower's first layer moved: L1 is twice its share."""
    truth = eplus[:300]
    moved = truth.voxels.copy()
    first = truth.geometry.slices[0]
    share = moved[:, first] / 2
    moved[:, first] -= share
    moved[:, first] += np.roll(share, 1, axis=1)
    found = rows_of(MeanShowerDistance({}), given_of(truth, replace(truth, voxels=moved)))
    difference = np.abs(mean(replace(truth, voxels=moved)) - mean(truth))
    assert found[f"{METRIC}_l1"].value == pytest.approx(
        difference.sum() / mean(truth).sum(), rel=1e-4
    )
    assert found[METRIC].value == pytest.approx(
        np.linalg.norm(difference) / np.linalg.norm(mean(truth)), rel=1e-4
    )


def test_values_do_not_depend_on_blocks(eplus: Showers, monkeypatch) -> None:
    given = given_of(eplus[:300], eplus[300:520])
    whole = rows_of(MeanShowerDistance({}), given)[METRIC]
    monkeypatch.setattr(events, "BLOCK", 64)
    again = rows_of(MeanShowerDistance({}), given)[METRIC]
    assert again.value == pytest.approx(whole.value, rel=1e-9)
    assert again.error == pytest.approx(whole.error, rel=1e-9)
    expected = np.linalg.norm(mean(eplus[300:520]) - mean(eplus[:300]))
    assert whole.value == pytest.approx(expected / np.linalg.norm(mean(eplus[:300])), rel=1e-5)


def test_errors_and_p_values(eplus: Showers) -> None:
    analysis = MeanShowerDistance({"permutations": 99, "replicas": 50})
    null = [
        rows_of(analysis, given_of(eplus[s : s + 60], eplus[s + 60 : s + 110]))
        for s in range(0, 8800, 110)
    ]
    assert kstest([x[f"{METRIC}_pvalue"].value for x in null], "uniform").pvalue > 0.01
    brighter = [
        rows_of(analysis, given_of(eplus[s : s + 200], scaled(eplus[s + 200 : s + 400])))[METRIC]
        for s in range(0, 8800, 400)
    ]
    spread = np.std([x.value for x in brighter], ddof=1)
    assert spread / np.mean([x.error for x in brighter]) == pytest.approx(1, abs=0.4)
    assert all(x.note.startswith("p = 0.01;") for x in brighter)


def scaled(showers: Showers) -> Showers:
    return replace(showers, voxels=showers.voxels * np.float32(1.5))
