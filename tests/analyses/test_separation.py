from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from given import by_name, given_of
from showers import read_showers

from ultimetric.analyses.separation import Separation, separation_power
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind, Showers

GEOMETRY = Geometry.from_config(geometry_config("calogan_coarse"))


@pytest.fixture(scope="module")
def eplus() -> Showers:
    return read_showers("workflow/resources/showers/eplus.hdf5", GEOMETRY)


def table(truth: Showers, sample: Showers, seed: int = 1, **options) -> pd.DataFrame:
    return Separation(options).result(given_of(truth, sample, seed=seed)).table


def rows(truth: Showers, sample: Showers, **options) -> dict:
    return by_name(table(truth, sample, **options))


def test_closed_forms():
    half, first, second = np.array([0.5, 0.5]), np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert separation_power(half, half) == 0
    assert separation_power(first, second) == 1
    assert separation_power(half, first) == pytest.approx(1 / 3)


def test_bins_that_are_empty_on_both_sides_add_nothing():
    left, right = np.array([0.5, 0.5, 0.0]), np.array([1.0, 0.0, 0.0])
    with np.errstate(all="raise"):
        assert separation_power(left, right) == pytest.approx(1 / 3)


def test_the_same_showers_have_no_separation(eplus):
    result = rows(eplus[:500], eplus[:500])
    assert {row.value for row in result.values()} == {0.0}


def test_disjoint_energies(eplus):
    total = eplus.layer_energies.sum(1)
    result = rows(eplus[total < 40e3], eplus[total > 50e3])
    assert result["separation:E_tot"].value == pytest.approx(1)
    assert result["separation:phi_0"].value < 0.5


def test_half_of_the_last_layer_lost(eplus):
    """Half of each bin of E_2 moves to the underflow, empty before: S = 1/3."""
    deep = eplus[eplus.layer_energies[:, 2] > 20][:500]
    twins = deep[np.repeat(np.arange(500), 2)]
    voxels = twins.voxels.copy()
    voxels[::2, GEOMETRY.slices[2]] = 0
    result = rows(twins, replace(twins, voxels=voxels))
    # Bins hold h and h/2, the underflow 0 and 1/2.
    assert result["separation:E_2"].value == pytest.approx((0.25 / 1.5 + 0.25 / 0.5) / 2)


def test_every_observable_and_their_sum(eplus):
    result = rows(eplus[:400], eplus[400:1000])
    names = [f"separation:{name}" for name in ShowerKind.of(GEOMETRY).observables]
    assert list(result) == [*names, "separation_sum"]
    total = sum(result[name].value for name in names)
    assert result["separation_sum"].value == pytest.approx(total)
    row = result["separation:E_0"]
    assert (row.dataset, row.sample, row.method, row.inputs) == ("eplus", "mine", "histogram", "")
    assert row.n_test == 1000
    assert row.error == row.error_test > 0
    assert np.isnan(row.error_train)
    assert row.note == "99 bins; 100 bootstrap replicas"


def test_only_the_seed_decides(eplus):
    first, again, other = (table(eplus[:300], eplus[300:600], seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    first, other = (by_name(x)["separation:E_tot"] for x in (first, other))
    assert first.value == other.value
    assert first.error != other.error


def test_bootstrap_error_is_the_spread_over_independent_showers(eplus):
    gamma = read_showers("workflow/resources/showers/gamma.hdf5", GEOMETRY)
    parts = [slice(k, k + 350) for k in range(0, 4900, 350)]
    results = [rows(eplus[part], gamma[part], replicas=50) for part in parts]
    for name in ("separation:sigma_sd", "separation:f_0", "separation_sum"):
        spread = np.std([result[name].value for result in results], ddof=1)
        error = np.mean([result[name].error for result in results])
        assert error / spread == pytest.approx(1, abs=0.4), name


def test_the_baseline_is_what_the_docstring_says(eplus):
    """Equal distributions: S is about (filled bins - 1)/4 (1/n1 + 1/n2)."""
    parts = [slice(k, k + 1000) for k in range(0, 10000, 1000)]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    found = [rows(eplus[a], eplus[b], replicas=2)["separation:E_tot"].value for a, b in pairs]
    # Positrons of 1 to 100 GeV fill 41 of the 49 bins.
    assert np.mean(found) == pytest.approx(40 / 4 * 2 / 1000, rel=0.3)
