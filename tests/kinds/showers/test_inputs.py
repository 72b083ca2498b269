from dataclasses import replace

import numpy as np
import pytest

from ultimetric.events import read_events
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.kinds.showers.layout import Cells

SMALL = Geometry("small", ((2, 4), (3, 2), (2, 1)), (1, 1, 1), 240, 0.01, (1, 100), ((1, 1),) * 3)
FULL = [100, 0, 300, 0, 0, 0, 600, 0, 0, 2000, 4000, 0, 0, 0, 1000, 0]


def small_showers() -> Showers:
    voxels = np.array([FULL, [0] * 16], np.float32)
    return Showers(ShowerKind.of(SMALL), np.array([10.0, 100.0]), voxels)


def eplus(name: str) -> Showers:
    kind = ShowerKind.of(Geometry.from_config(geometry_config(name)))
    return read_events("workflow/resources/showers/eplus.hdf5", kind, np.arange(200))


def features(name: str, showers: Showers) -> np.ndarray:
    """The inputs as a classifier gets them, with the observables only where they are read."""
    inputs = showers.kind.inputs[name]
    columns = {}
    if inputs.reads_observables:
        columns = {x.name: x.values(showers) for x in showers.kind.observables.values()}
    return inputs.values(showers, columns).astype(np.float32)


def test_energies_by_hand():
    expected = [[0, 0, np.log10(6), 0], [1, -5, -5, -5]]  # an empty layer: 10 keV
    np.testing.assert_allclose(features("energies", small_showers()), expected, atol=1e-5)


def test_unnormalised_by_hand():
    inputs = features("unnormalised", small_showers())
    np.testing.assert_allclose(inputs[0, :16], np.array(FULL) / 1e5, rtol=1e-6)
    np.testing.assert_array_equal(inputs[1, :16], 0)
    np.testing.assert_array_equal(inputs[:, 16:], features("energies", small_showers()))


def test_normalised_by_hand():
    inputs = features("normalised", small_showers())
    shares = [0.1, 0, 0.3, 0, 0, 0, 0.6, 0, 0, 1 / 3, 2 / 3, 0, 0, 0, 1, 0]
    np.testing.assert_allclose(inputs[0, :16], shares, rtol=1e-6)
    np.testing.assert_array_equal(inputs[1, :16], 0)
    np.testing.assert_array_equal(inputs[:, 16:], features("energies", small_showers()))


def test_high_level_by_hand():
    full, empty = features("high_level", small_showers())
    widths = np.array([48 * np.sqrt(6), 160 * np.sqrt(2) / 3, 0, 72, 80 * np.sqrt(2), 0])
    cells = 480 / np.array([2, 3, 2, 4, 2, 1]) / np.sqrt(12)  # in phi, then in eta
    expected = [
        *np.log10([1, 6, 1, 8, 1 / 8, 6 / 8, 1 / 8, 8000, *(widths + cells)]),
        *[1, 0.5],
        *[6, 20 / 3, 10, 3, 10 / 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        *[1 / 3, 1 / 3, 1],
        *[3 / 8, 2 / 6, 1 / 2],
        *[0.24, -1.6 / 3, -1.2, 0.36, -0.4, 0],
        0,
    ]
    np.testing.assert_allclose(full, expected, rtol=1e-5, atol=1e-5)
    # The threshold in GeV, over 100 GeV, in MeV.
    nothing = [-5] * 4 + [-7] * 3 + [-2]
    np.testing.assert_allclose(empty, [*nothing, *np.log10(cells), *[0] * 29, 1], atol=1e-6)


def test_without_a_threshold_nothing_is_infinite():
    showers = small_showers()
    showers = replace(showers, kind=ShowerKind.of(replace(SMALL, threshold_MeV=0.0)))
    for name in ("energies", "high_level"):
        assert np.isfinite(features(name, showers)).all()


def test_a_value_of_0_is_no_outlier():
    """The width of a single voxel, the energy and the share of an empty layer."""
    showers = eplus("calogan")
    voxels, (first, _, last) = showers.voxels.copy(), showers.geometry.slices
    voxels[0, first] = voxels[0, last] = 0
    voxels[0, 100] = 5.0
    x = features("high_level", replace(showers, voxels=voxels))
    width, energy, share = 8, 2, 6
    for column in x.T[[width, energy, share]]:
        assert abs(column[0] - column[1:].mean()) < 10 * column[1:].std()


@pytest.mark.parametrize(
    ("name", "geometry", "width"),
    [
        ("unnormalised", "calogan", 508),
        ("normalised", "calogan", 508),
        ("high_level", "calogan", 44),
        ("energies", "calogan", 4),
        ("unnormalised", "calogan_coarse", 64),
        ("normalised", "calogan_coarse", 64),
        ("high_level", "calogan_coarse", 44),
    ],
)
def test_number_of_inputs_of_real_showers(name, geometry, width):
    inputs = features(name, eplus(geometry))
    assert inputs.shape == (200, width)
    assert inputs.dtype == np.float32
    assert np.isfinite(inputs).all()


def test_normalised_layers_sum_to_one():
    showers = eplus("calogan")
    inputs = features("normalised", showers)
    for i, voxels in enumerate(showers.geometry.slices):
        filled = showers.layer_energies[:, i] > 0
        np.testing.assert_allclose(inputs[:, voxels].sum(1), filled, atol=1e-5)


@pytest.mark.parametrize("name", ShowerKind.of(SMALL).inputs)
def test_empty_showers_raise_no_warning(name):
    with np.errstate(all="raise"):
        assert np.isfinite(features(name, small_showers())).all()


def test_inputs_with_voxels_have_a_place():
    kind = ShowerKind.of(SMALL)
    layouts = {name: inputs.layout(kind) for name, inputs in kind.inputs.items()}
    with_voxels = {name for name, layout in layouts.items() if layout is not None}
    assert with_voxels == {"unnormalised", "normalised"}
    for name in with_voxels:
        assert isinstance(layouts[name], Cells)
        images = layouts[name].images(features(name, small_showers())[:, : kind.n_values])
        assert [x.shape[1:] for x in images] == list(SMALL.shapes)
