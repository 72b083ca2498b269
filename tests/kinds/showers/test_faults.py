"""Planted faults of showers: each by hand values, and their mixture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from places import PACKAGE

from ultimetric.errors import UserError
from ultimetric.faults.base import Fault, auc_bound, last
from ultimetric.findings.trials import divide, planted
from ultimetric.generators.controls.faulty import Faulty
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.plugins import load_plugin

FAULTS = sorted(
    path.stem
    for path in (PACKAGE / "kinds/showers/faults").glob("*.py")
    if "def expected" in path.read_text()
)
# Two layers of 4 x 2 voxels.
SMALL = Geometry("small", ((4, 2), (4, 2)), (1.0, 1.0), 1.0, 0.01, (1.0, 100.0), ((1, 1),) * 2)
KIND = ShowerKind.of(SMALL)


def fault(name: str, kind: ShowerKind = KIND, **options: Any) -> Fault:
    return load_plugin(f"ultimetric.kinds.showers.faults.{name}", Fault)(options, kind)


def made(energy: list[float], voxels: Any) -> Showers:
    return Showers(KIND, np.array(energy), np.asarray(voxels, np.float32))


def flat(n: int) -> Showers:
    """n showers of 1 GeV and more, every voxel 1, 2, ... MeV."""
    return made([1.0 + k for k in range(n)], np.tile(np.arange(1.0, 17.0), (n, 1)))


def changed(one: Fault, showers: Showers) -> np.ndarray:
    """All showers faulty, as images (N, layer, phi, eta)."""
    return one.plant(showers, 1.0, np.random.default_rng(0)).voxels.reshape(-1, 2, 4, 2)


# Each fault


def test_scaled_layer() -> None:
    found = changed(fault("scaled_layer", layer=1, factor=3.0), flat(1))[0]
    assert found[0].ravel().tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert found[1].ravel().tolist() == [27, 30, 33, 36, 39, 42, 45, 48]


def test_dead_voxel() -> None:
    found = changed(fault("dead_voxel", layer=1, phi=2, eta=1), flat(1))[0]
    assert found[1].tolist() == [[9, 10], [11, 12], [13, 0], [15, 16]]
    assert found[0].sum() == 36


@pytest.mark.parametrize(
    ("axis", "by", "expected"),
    [
        ("phi", 1, [[0, 0], [9, 10], [11, 12], [13, 14]]),
        ("phi", 2, [[0, 0], [0, 0], [9, 10], [11, 12]]),
        ("eta", 1, [[0, 9], [0, 11], [0, 13], [0, 15]]),
    ],
)
def test_shifted(axis: str, by: int, expected: list) -> None:
    found = changed(fault("shifted", layer=1, axis=axis, by=by), flat(1))[0]
    assert found[1].tolist() == expected
    assert found[0].sum() == 36


def test_narrowed_moves_energy_to_the_middle() -> None:
    voxels = np.zeros((1, 16))
    voxels[0, 8:] = [10, 20, 1, 0, 3, 4, 40, 50]
    found = changed(fault("narrowed", layer=1, by=0.5), made([1.0], voxels))[0]
    assert found[1].tolist() == [[5, 20], [6, 0], [23, 29], [20, 25]]


def test_smeared_keeps_the_shares() -> None:
    found = changed(fault("smeared", width=0.1), flat(4000)).reshape(4000, 16)
    factor = found[:, 0]
    np.testing.assert_allclose(found, factor[:, None] * np.arange(1, 17), rtol=1e-5)
    assert abs(factor.mean() - 1) < 4 * 0.1 / np.sqrt(4000)
    assert abs(factor.std() - 0.1) < 4 * 0.1 / np.sqrt(2 * 4000)


def test_noise_floor_hits_one_layer_above_threshold_only() -> None:
    n, mean = 2000, 0.005
    found = changed(
        fault("noise_floor", layer=1, mean_MeV=mean), made([1.0] * n, np.zeros((n, 16)))
    )
    assert not found[:, 0].any()
    noise = found[:, 1]
    # Exponential: exp(-2) of them exceed twice the mean, which is the threshold.
    share = np.exp(-SMALL.threshold_MeV / mean)
    assert abs((noise > 0).mean() - share) < 4 * np.sqrt(share / (8 * n))
    assert noise[noise > 0].min() >= SMALL.threshold_MeV


def test_shuffled_layers_come_from_the_next_energy() -> None:
    voxels = np.repeat([[1.0], [2.0], [3.0]], 16, axis=1)
    found = changed(fault("shuffled_layers", layer=1), made([20.0, 10.0, 30.0], voxels))
    assert found[:, 0, 0, 0].tolist() == [1, 2, 3]
    assert found[:, 1, 0, 0].tolist() == [3, 1, 2]


@pytest.mark.parametrize(("end", "left"), [("low", [2, 3, 4]), ("high", [1, 2, 3])])
def test_tail_cut(end: str, left: list[int]) -> None:
    """Responses 0.1, 0.2, 0.3, 0.4 and, of an energy ten times as high, 0.04 to be cut first."""
    share = np.array([0.1, 0.2, 0.3, 0.4, 0.04])
    energy = np.array([1.0, 1.0, 1.0, 1.0, 10.0])
    voxels = np.repeat((share * energy * 1e3 / 16)[:, None], 16, axis=1)
    found = fault("tail_cut", end=end).plant(
        made(energy, voxels), 0.4 if end == "low" else 0.2, np.random.default_rng(0)
    )
    numbers = [round(10 * x) for x in found.voxels.sum(1) / found.energy / 1e3]
    assert numbers == (left if end == "low" else [*left, 0])


def test_window() -> None:
    found = fault("window", above=0.1).plant(flat(10), 0.2, np.random.default_rng(0))
    assert found.energy.tolist() == [1, 4, 5, 6, 7, 8, 9, 10]


def test_punch_through_misses_as_many_as_the_fraction_says() -> None:
    voxels = np.zeros((10, 16))
    voxels[:6, 0], voxels[6:, 0] = 100, 1000
    rng = np.random.default_rng(0)
    found = fault("punch_through").plant(made([10.0] * 10, voxels), 0.2, rng)
    assert found.voxels.sum(1).tolist() == [100] * 4 + [1000] * 4
    found = fault("punch_through").plant(made([10.0] * 10, voxels), 0.9, rng)
    assert found.voxels.sum(1).tolist() == [1000] * 4


def test_rare_tail() -> None:
    voxels = np.zeros((5, 16))
    voxels[:, 0] = [10, 50, 20, 40, 30]
    found = fault("rare_tail", observable="E_0").plant(
        made([1.0] * 5, voxels), 0.4, np.random.default_rng(0)
    )
    assert found.voxels[:, 0].tolist() == [10, 20, 30]


def test_the_last_of_equal_values() -> None:
    assert last(np.array([2.0, 1.0, 2.0, 0.0]), 0.25).tolist() == [False, False, True, False]
    assert not last(np.arange(4.0), 0.0).any()


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_expected_where_observables_are(name: str, full: Geometry) -> None:
    """In the catalogue, or as a candidate of its own kind."""
    kind = ShowerKind.of(full)
    known = [*kind.observables, "E_inc", "voxel_1_7_6"]
    assert any(fault(name, kind).names([one]) for one in known)
    assert not fault(name, kind).names(["eta_2"])


@pytest.mark.parametrize("name", FAULTS)
def test_options_are_checked(name: str) -> None:
    with pytest.raises(UserError, match=rf"faults.{name}: unknown option wrong"):
        fault(name, wrong=1)


def test_a_layer_that_is_not_there() -> None:
    with pytest.raises(UserError, match="small has no such layer"):
        fault("scaled_layer", layer=2)
    with pytest.raises(UserError, match="no voxel"):
        fault("dead_voxel", phi=4)


# The mixture


def test_a_fraction_of_the_showers_is_faulty() -> None:
    n, f = 5000, 0.2
    found = fault("scaled_layer", layer=0).plant(flat(n), f, np.random.default_rng(1))
    faulty = found.voxels[:, 0] != 1
    assert abs(faulty.mean() - f) < 4 * np.sqrt(f * (1 - f) / n)
    assert (found.voxels[~faulty] == flat(1).voxels).all()
    assert auc_bound(f) == 0.6


def test_no_auc_exceeds_the_bound() -> None:
    """A fault that nothing true looks like reaches it: half of the pairs of true showers count."""
    n, f = 2000, 0.2
    truth, rng = flat(n), np.random.default_rng(2)
    sample = fault("dead_voxel", layer=0, phi=0, eta=0).plant(truth, f, rng)
    alive = (sample.voxels[:, 0] > 0).mean()
    auc = alive / 2 + (1 - alive)
    assert auc == pytest.approx(auc_bound(f), abs=4 * np.sqrt(f * (1 - f) / n) / 2)


def test_parts_of_a_trial_are_disjoint_and_keep_duplicates_together() -> None:
    showers, groups = flat(100), np.repeat(np.arange(50), 2)
    truth, rest = divide(showers, groups, 41, np.random.default_rng(3))
    assert len(truth) == 42
    assert sorted([*truth.energy, *rest.energy]) == showers.energy.tolist()
    number = groups[(truth.energy - 1).astype(int)]
    assert (np.unique(number, return_counts=True)[1] == 2).all()
    with pytest.raises(UserError, match="59 showers are needed, 58 are left"):
        planted(rest, None, 0.0, 59, np.random.default_rng(3))


def test_generator_hands_on_the_mixture() -> None:
    card = {
        "fault": {"plugin": "ultimetric.kinds.showers.faults.window", "above": 0.1},
        "fraction": 0.2,
    }
    generator = Faulty(card, KIND)
    generator.fit(flat(8), flat(2), seed=1)
    # The energies are 1 to 8 and 1, 2 again: after a first 1, the second and a 2 are missing.
    assert sorted(generator.sample(8, seed=2).energy) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert generator.attributes == {}  # no positive control
    with pytest.raises(UserError, match="9 showers were asked for, 8 are stored"):
        generator.sample(9, seed=2)


def test_a_layer_is_named_by_its_published_number() -> None:
    """Layer 13 of the pions of the CaloChallenge is the sixth of seven."""
    kind = ShowerKind.of(Geometry.from_config(geometry_config("calochallenge_1_pions")))
    showers = Showers(kind, np.ones(3), np.ones((3, kind.n_values), np.float32))
    scaled = fault("scaled_layer", kind, layer=13, factor=3.0)
    changed = scaled.plant(showers, 1.0, np.random.default_rng(0))
    expected = [8, 100, 100, 5, 150, 3 * 160, 10]
    np.testing.assert_array_equal(changed.layer_energies[0], expected)
    assert {"E_13", "f_13", "u_13", "u_14"} < set(scaled.expected)
    assert "u_12" not in scaled.expected
    assert "*_3 x *_12" in fault("shuffled_layers", kind, layer=12).expected
    dead = fault("dead_voxel", kind, layer=13, phi=9, eta=15)
    assert (kind.value_names()[-11],) == dead.expected == ("voxel_13_9_15",)
    changed = dead.plant(showers, 1.0, np.random.default_rng(0))
    np.testing.assert_array_equal(np.flatnonzero(changed.data[0] == 0), [kind.n_values - 11])
    with pytest.raises(UserError, match="no such layer"):
        fault("scaled_layer", kind, layer=4)
