import pickle

import numpy as np
import pytest

from ultimetric.events import read_events
from ultimetric.histograms import histogram
from ultimetric.kinds.observables import Observable
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind, Showers

# Cell centres in mm: phi +-120, eta +-180 and +-60; phi -160, 0, 160, eta +-120; phi +-120, eta 0.
SMALL = Geometry("small", ((2, 4), (3, 2), (2, 1)), (1, 1, 1), 240, 0.01, (1, 100), ((1, 1),) * 3)
FULL = [100, 0, 300, 0, 0, 0, 600, 0, 0, 2000, 4000, 0, 0, 0, 1000, 0]
FIRST_LAYER_ONLY = [0, 0, 0, 0, 0, 0, 0, 50, *[0] * 8]
EMPTY = [0] * 16

EXPECTED = {
    "E_0": (1, 0.05, 0),
    "E_1": (6, 0, 0),
    "E_2": (1, 0, 0),
    "E_tot": (8, 0.05, 0),
    "response": (0.8, 0.01, 0),
    "u_1": (1 / 8, 1, 0),
    "u_2": (6 / 7, 0, 0),
    "f_0": (1 / 8, 1, 0),
    "f_1": (6 / 8, 0, 0),
    "f_2": (1 / 8, 0, 0),
    "l_d": (8000, 0, 0),
    "s_d": (1, 0, 0),
    "sigma_sd": (0.5, 0, 0),
    "max_depth": (2, 0, 0),
    "brightest_1_0": (0.6, 1, 0),
    "brightest_1_1": (2 / 3, 0, 0),
    "brightest_1_2": (1, 0, 0),
    "brightest_2_0": (0.3, 0, 0),
    "brightest_2_1": (1 / 3, 0, 0),
    "brightest_2_2": (0, 0, 0),
    "brightest_3_0": (0.1, 0, 0),
    "brightest_3_1": (0, 0, 0),
    "brightest_3_2": (0, 0, 0),
    "brightest_4_0": (0, 0, 0),
    "brightest_4_1": (0, 0, 0),
    "brightest_4_2": (0, 0, 0),
    "brightest_5_0": (0, 0, 0),
    "brightest_5_1": (0, 0, 0),
    "brightest_5_2": (0, 0, 0),
    "E_ratio_0": (1 / 3, 1, 0),
    "E_ratio_1": (1 / 3, 0, 0),
    "E_ratio_2": (1, 0, 0),
    "sparsity_0": (3 / 8, 1 / 8, 0),
    "sparsity_1": (2 / 6, 0, 0),
    "sparsity_2": (1 / 2, 0, 0),
    "phi_0": (24, 120, 0),
    "phi_1": (-160 / 3, 0, 0),
    "phi_2": (-120, 0, 0),
    "eta_0": (36, 180, 0),
    "eta_1": (-40, 0, 0),
    "eta_2": (0, 0, 0),
    "sigma_0": (48 * np.sqrt(6), 0, 0),
    "sigma_1": (160 * np.sqrt(2) / 3, 0, 0),
    "sigma_2": (0, 0, 0),
    "sigma_eta_0": (72, 0, 0),  # 0.1 at -180 mm, 0.9 at 60 mm
    "sigma_eta_1": (80 * np.sqrt(2), 0, 0),
    "sigma_eta_2": (0, 0, 0),
    "phi_0-phi_1": (24 + 160 / 3, 120, 0),
    "phi_0-phi_2": (144, 120, 0),
    "phi_1-phi_2": (120 - 160 / 3, 0, 0),
}


def geometry_of(name: str) -> Geometry:
    return Geometry.from_config(geometry_config(name))


def observables(geometry: Geometry) -> dict[str, Observable]:
    return ShowerKind.of(geometry).observables


def showers_of(geometry: Geometry, energy: np.ndarray, voxels: np.ndarray) -> Showers:
    return Showers(ShowerKind.of(geometry), energy, voxels)


def compute(showers: Showers) -> dict[str, np.ndarray]:
    return {name: x.values(showers) for name, x in showers.kind.observables.items()}


def small_showers() -> Showers:
    voxels = np.array([FULL, FIRST_LAYER_ONLY, EMPTY], np.float32)
    return showers_of(SMALL, np.array([10.0, 5.0, 1.0]), voxels)


def eplus(name: str, n_showers: int = 300) -> Showers:
    path = "workflow/resources/showers/eplus.hdf5"
    return read_events(path, ShowerKind.of(geometry_of(name)), np.arange(n_showers))


def test_every_observable_of_three_showers_by_hand():
    with np.errstate(all="raise"):
        values = compute(small_showers())
    assert list(values) == list(EXPECTED)
    for name, expected in EXPECTED.items():
        np.testing.assert_allclose(values[name], expected, rtol=1e-6, atol=1e-9, err_msg=name)


def test_coarse_calogan_corner_voxel():
    geometry = geometry_of("calogan_coarse")
    voxels = np.zeros((1, 60), np.float32)
    voxels[0, 11] = 70  # layer 0: first of 3 cells in phi, last of 12 in eta
    voxels[0, 36 + 4] = 30  # layer 1: second of 4 cells in phi, first of 4 in eta
    values = compute(showers_of(geometry, np.array([1.0]), voxels))
    expected = {
        "phi_0": -160,
        "eta_0": 220,
        "phi_1": -60,
        "eta_1": -180,
        "phi_0-phi_1": -100,
        "l_d": 30,
        "s_d": 0.3,
        "sigma_sd": np.sqrt(0.21),
        "response": 0.1,
        "max_depth": 1,
        "sparsity_0": 1 / 36,
        "sparsity_1": 1 / 16,
    }
    for name, value in expected.items():
        np.testing.assert_allclose(values[name], value, rtol=1e-6, err_msg=name)


def test_brightest_voxels_are_in_falling_order_whatever_their_place():
    rng = np.random.default_rng(1)
    shares = np.array([0.3, 0.25, 0.2, 0.1, 0.08, 0.05, 0.02])
    voxels = np.zeros((20, 60), np.float32)
    for shower in voxels:
        shower[rng.choice(36, 7, replace=False)] = 1000 * shares
    values = compute(showers_of(geometry_of("calogan_coarse"), np.full(20, 10.0), voxels))
    for k in range(1, 6):
        np.testing.assert_allclose(values[f"brightest_{k}_0"], shares[k - 1], rtol=1e-6)


def test_faintest_deposits_count_as_occupied():
    voxels = np.zeros((1, 60), np.float32)
    voxels[0, :9] = 0.01
    values = compute(showers_of(geometry_of("calogan_coarse"), np.array([1.0]), voxels))
    assert values["sparsity_0"] == 9 / 36


def test_one_row_of_cells_has_no_width():
    voxels = np.zeros((1, 504), np.float32)
    voxels[0, 192:288] = np.random.default_rng(0).random(96)  # phi = +160 mm, any eta
    values = compute(showers_of(geometry_of("calogan"), np.array([1.0]), voxels))
    assert values["sigma_0"][0] < 1e-9
    np.testing.assert_allclose(values["phi_0"], 160, rtol=1e-12)


@pytest.mark.parametrize("name", ["calogan", "calogan_coarse"])
def test_real_showers(name):
    showers = eplus(name)
    with np.errstate(all="raise"):
        values = compute(showers)
    assert all(x.shape == (300,) and np.isfinite(x).all() for x in values.values())
    np.testing.assert_allclose(sum(values[f"f_{i}"] for i in range(3)), 1)
    deep = values["E_1"] + 2 * values["E_2"]
    np.testing.assert_allclose(values["l_d"], 1e3 * deep)
    variance = (values["E_1"] + 4 * values["E_2"]) / values["E_tot"] - values["s_d"] ** 2
    np.testing.assert_allclose(values["sigma_sd"], np.sqrt(variance), rtol=1e-6)
    # Positrons leave nearly all their energy in the calorimeter.
    assert 0.98 < np.median(values["response"]) < 1


def test_rebinning_in_eta_alone_keeps_phi():
    full, coarse = compute(eplus("calogan")), compute(eplus("calogan_coarse"))
    for name in ("E_0", "E_1", "E_2", "phi_0", "sigma_0"):
        np.testing.assert_allclose(coarse[name], full[name], rtol=1e-5, atol=1e-4)
    assert (coarse["sigma_1"] > full["sigma_1"]).mean() > 0.9


@pytest.mark.parametrize("n_layers", [1, 2, 5, 6])
def test_any_number_of_layers(n_layers):
    shapes = tuple((i + 1, 2) for i in range(n_layers))
    ones = (1,) * n_layers
    geometry = Geometry("any", shapes, ones, 100, 0.01, (1, 50), ((1, 1),) * n_layers)
    voxels = np.full((1, geometry.n_voxels), 10, np.float32)
    with np.errstate(all="raise"):
        values = compute(showers_of(geometry, np.array([50.0]), voxels))
    catalogue = observables(geometry)
    assert list(values) == list(catalogue)
    pairs = sum("-" in name for name in values)
    assert pairs == (n_layers * (n_layers - 1) // 2 if n_layers <= 5 else 0)
    assert all((np.diff(observable.edges) > 0).all() for observable in catalogue.values())
    energies = 20.0 * np.arange(1, n_layers + 1)
    np.testing.assert_allclose(values["l_d"], energies @ np.arange(n_layers))
    assert values["max_depth"] == n_layers - 1
    np.testing.assert_allclose(values[f"brightest_1_{n_layers - 1}"], 0.5 / n_layers, rtol=1e-6)
    assert catalogue["E_tot"].edges[-1] == 60


def test_published_binning():
    catalogue = observables(geometry_of("calogan"))
    published = {
        "E_tot": np.linspace(0, 120, 50),
        "E_0": np.logspace(-2, 2, 100),
        "E_1": np.logspace(-1, 3, 100),
        "E_2": np.logspace(-2, 2, 100),
        "f_0": np.logspace(-4, 0, 100),
        "f_1": np.logspace(-1, 0, 100),
        "f_2": np.logspace(-4, 1, 100),
        "l_d": np.logspace(1, 5, 100),
        "s_d": np.linspace(0.4, 2, 100),
        "sigma_sd": np.linspace(0, 0.9, 100),
        "max_depth": np.arange(4),
        "brightest_2_1": np.linspace(0, 1 / 2, 100),
        "brightest_5_2": np.linspace(0, 1 / 5, 100),
        "E_ratio_0": np.linspace(0, 1, 100),
        "sparsity_0": np.linspace(0, 1, 20),
        "sigma_0": np.logspace(0, 3, 100),
        "sigma_1": np.logspace(0, 2, 100),
        "sigma_2": np.logspace(0, 3, 100),
        "phi_0-phi_1": np.linspace(-120, 120, 50),
    }
    for name, edges in published.items():
        np.testing.assert_allclose(catalogue[name].edges, edges, err_msg=name)


def test_catalogue_says_which_figure_shows_what():
    catalogue = observables(geometry_of("calogan"))
    groups = [o.group for o in catalogue.values()]
    assert list(dict.fromkeys(groups)) == ["energies", "depth", "shape", "centroids"]
    hidden = {name for name, o in catalogue.items() if not o.shown}
    assert hidden == {f"brightest_{k}_{i}" for k in (3, 4, 5) for i in range(3)}
    units = {name: o.unit for name, o in catalogue.items() if o.unit}
    assert {units["E_0"], units["E_tot"]} == {"GeV"}
    assert units["l_d"] == "MeV"
    assert {units["phi_0"], units["sigma_2"], units["phi_0-phi_1"]} == {"mm"}


def test_blocks_make_no_difference_to_the_last_bit():
    whole = eplus("calogan", 100)
    expected = compute(whole)
    for rows in (slice(0, 1), slice(40, 100), np.array([7, 3, 99])):
        for name, values in compute(whole[rows]).items():
            np.testing.assert_array_equal(values, expected[name][rows], err_msg=name)


def test_showers_can_go_to_another_process():
    showers = eplus("calogan_coarse", 5)
    expected = compute(showers)
    for name, values in compute(pickle.loads(pickle.dumps(showers))).items():
        np.testing.assert_array_equal(values, expected[name], err_msg=name)


def test_histogram_drops_nothing():
    edges = np.array([0.1, 1.0, 10.0])
    values = np.array([0.0, 0.05, 0.1, 0.5, 1.0, 10.0, 99.0])
    counts, variances = histogram(values, edges)
    np.testing.assert_array_equal(counts, [4, 3])
    np.testing.assert_array_equal(variances, [4, 3])


def test_histogram_variance_is_the_sum_of_squared_weights():
    values, weights = np.array([0.5, 0.5, 1.5]), np.array([1.0, 3.0, 0.5])
    counts, variances = histogram(values, np.array([0.0, 1.0, 2.0, 3.0]), weights)
    np.testing.assert_array_equal(counts, [4, 0.5, 0])
    np.testing.assert_array_equal(variances, [10, 0.25, 0])


def test_histogram_agrees_with_numpy_inside_the_edges():
    values = np.random.default_rng(2).uniform(0, 1, 1000)
    edges = np.linspace(0, 1, 33)
    np.testing.assert_array_equal(histogram(values, edges)[0], np.histogram(values, edges)[0])
