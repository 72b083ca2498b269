from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from given import by_name, given_of
from scipy.stats import wasserstein_distance
from showers import read_showers

from ultimetric.analyses.wasserstein import Wasserstein, wasserstein_distances
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.observed import compute
from ultimetric.statistics.bootstrap import bootstrap_weights

GEOMETRY = Geometry.from_config(geometry_config("calogan_coarse"))


@pytest.fixture(scope="module")
def eplus() -> Showers:
    return read_showers("workflow/resources/showers/eplus.hdf5", GEOMETRY)


def table(truth: Showers, sample: Showers, seed: int = 1) -> pd.DataFrame:
    return Wasserstein({}).result(given_of(truth, sample, seed=seed)).table


def rows(truth: Showers, sample: Showers) -> dict:
    return by_name(table(truth, sample))


def even(n_showers: int) -> np.ndarray:
    return np.full((1, n_showers), 1 / n_showers)


def test_a_shift_is_its_own_distance():
    values = np.random.default_rng(0).normal(size=300)
    found = wasserstein_distances(values, values + 0.7, even(300), even(300))
    np.testing.assert_allclose(found, 0.7)


def test_two_numbers_by_hand():
    first, second = np.array([0.0, 1.0]), np.array([3.0])
    np.testing.assert_allclose(wasserstein_distances(first, second, even(2), even(1)), 2.5)
    lopsided = np.array([[0.25, 0.75]])
    np.testing.assert_allclose(wasserstein_distances(first, second, lopsided, even(1)), 2.25)


def test_agrees_with_scipy_replica_by_replica():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=400), rng.exponential(size=250).round(1)
    weights, others = bootstrap_weights(400, 5, rng), bootstrap_weights(250, 5, rng)
    found = wasserstein_distances(first, second, weights, others)
    expected = [
        wasserstein_distance(first, second, w, v) for w, v in zip(weights, others, strict=True)
    ]
    np.testing.assert_allclose(found, expected)
    assert found[0] == pytest.approx(wasserstein_distance(first, second))


def test_the_same_showers_have_no_distance(eplus):
    result = rows(eplus[:500], eplus[:500])
    assert max(row.value for row in result.values()) < 1e-12


def test_scaled_energies(eplus):
    """All deposits 5 % up: W1 of E_0 is 5 % of its mean; what does not scale stays."""
    truth = eplus[:1000]
    result = rows(truth, replace(truth, voxels=truth.voxels * np.float32(1.05)))
    energy = compute(truth)["E_0"]
    assert result["w1:E_0"].value == pytest.approx(0.05 * energy.mean() / energy.std(), rel=1e-4)
    assert result["w1:s_d"].value < 1e-5


def test_constant_truth_keeps_its_own_unit(eplus):
    deep = eplus[eplus.layer_energies[:, 2] > 0][:200]
    voxels = deep.voxels.copy()
    voxels[:50, GEOMETRY.slices[2]] = 0
    row = rows(deep, replace(deep, voxels=voxels))["w1:max_depth"]
    assert row.value == pytest.approx(0.25)
    assert row.note.startswith("in the observable's own unit, the truth is constant")


def test_every_observable_and_their_sum(eplus):
    result = rows(eplus[:400], eplus[400:1000])
    names = [f"w1:{name}" for name in ShowerKind.of(GEOMETRY).observables]
    assert list(result) == [*names, "w1_sum"]
    total = sum(result[name].value for name in names)
    assert result["w1_sum"].value == pytest.approx(total)
    row = result["w1:E_0"]
    assert row.n_test == 1000
    assert row.error == row.error_test > 0
    assert row.note == "in units of the truth's standard deviation; 100 bootstrap replicas"


def test_only_the_seed_decides(eplus):
    first, again, other = (table(eplus[:300], eplus[300:600], seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    first, other = (by_name(x)["w1:E_tot"] for x in (first, other))
    assert first.value == other.value
    assert first.error != other.error


def test_bootstrap_error_of_a_large_shift():
    """Far apart, W1 is the difference of the means, with error sqrt(1/n1 + 1/n2) sigma."""
    rng = np.random.default_rng(3)
    first, second = rng.normal(0, 1, 500), rng.normal(20, 1, 2000)
    weights, others = bootstrap_weights(500, 400, rng), bootstrap_weights(2000, 400, rng)
    found = wasserstein_distances(first, second, weights, others)
    assert found[0] == pytest.approx(20, abs=0.2)
    assert found[1:].std() == pytest.approx(np.sqrt(1 / 500 + 1 / 2000), rel=0.15)
