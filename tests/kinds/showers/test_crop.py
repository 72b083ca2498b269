"""Geometries that keep some layers and cells of another one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from showers import read_showers, showers_of

from ultimetric.events import write_events
from ultimetric.kinds.showers.crop import Crop
from ultimetric.kinds.showers.formats.calochallenge import CaloChallenge
from ultimetric.kinds.showers.formats.calogan import CaloGAN
from ultimetric.kinds.showers.formats.layout import ShowerFormat
from ultimetric.kinds.showers.formats.sparse import Sparse
from ultimetric.kinds.showers.geometries import checked_geometry
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers

WHOLE = Geometry.from_config(checked_geometry("ild"))
CORE = Geometry.from_config(checked_geometry("ild_core"))
N = 6
FORMATS = [CaloGAN, CaloChallenge, Sparse]


@pytest.fixture(scope="module")
def whole() -> Showers:
    """Showers of 2 % filled cells, one of them without any."""
    rng = np.random.default_rng(3)
    voxels = rng.exponential(0.5, (N, WHOLE.n_voxels)).astype(np.float32)
    voxels *= rng.random(voxels.shape) < 0.02
    voxels[2] = 0
    energy = rng.uniform(10, 11, N).astype(np.float32).astype(np.float64)
    showers = showers_of(WHOLE, energy, voxels)
    return showers_of(WHOLE, energy, showers.kind.readout(voxels))


def cut(showers: Showers) -> np.ndarray:
    """The cells that ild_core keeps, by hand: layers 6 to 20, cells 8 to 22."""
    images = showers.voxels.reshape(N, 30, 30, 30)
    return images[:, 6:21, 8:23, 8:23].reshape(N, 15**3)


def test_shapes() -> None:
    assert WHOLE.box == (30, 30, 30)
    assert CORE.box == (15, 15, 15)
    assert CORE.n_voxels == 3375
    assert CORE.readout_shapes == WHOLE.shapes
    assert CORE.n_cells == WHOLE.n_cells == WHOLE.n_voxels == 27000
    assert CORE.layer_numbers == tuple(range(6, 21))
    assert CORE.depths_mm == (5.985,) * 14 + (8.085,)
    assert Geometry.from_config(checked_geometry("calogan")).box is None
    assert Geometry.from_config(checked_geometry("calochallenge_2")).box is None


def test_coordinates_of_a_crop_begin_at_its_centre() -> None:
    """Cell 15 of 30 is centred at 2.5 mm, where the beam is: in the core it is cell 7, at 0."""
    first, second = (x.reshape(30, 30) for x in WHOLE.centres_mm(0))
    assert (first[15, 15], second[15, 15]) == pytest.approx(WHOLE.beam_mm) == (2.5, 2.5)
    in_core = CORE.centres_mm(0)[0].reshape(15, 15)
    np.testing.assert_allclose(in_core, first[8:23, 8:23] - 2.5, atol=1e-12)
    assert CORE.beam_mm == (0, 0)
    # Mirrored cells hold mirrored showers only where the beam hits their centre.
    assert CORE.symmetric
    assert not WHOLE.symmetric
    uneven = WHOLE.cropped("uneven", Crop(WHOLE.shapes, (6, 20), (8, 21)))
    assert uneven.beam_mm == pytest.approx((2.5, 2.5))
    assert not uneven.symmetric
    leaning = Geometry.from_config(checked_geometry("ild") | {"mirror": False})
    assert not leaning.cropped("core", CORE.crop).symmetric


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_of_the_whole_is_cut(
    form: Callable[[], ShowerFormat], tmp_path: Path, whole: Showers
) -> None:
    """Deposits beside the core are left out, not moved into it."""
    path = tmp_path / "whole.hdf5"
    with form().writer(path, whole.kind) as append:
        append(whole)
    core = read_showers(path, CORE)
    np.testing.assert_array_equal(core.voxels, cut(whole))
    np.testing.assert_array_equal(core.energy, whole.energy)
    assert 0 < core.voxels.sum() < 0.5 * whole.voxels.sum()
    assert form().notes(path, core.kind) == []


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_of_the_core_is_read_as_it_is(
    form: Callable[[], ShowerFormat], tmp_path: Path, whole: Showers
) -> None:
    core = showers_of(CORE, whole.energy, cut(whole))
    path = tmp_path / "core.hdf5"
    with form().writer(path, core.kind) as append:
        append(core)
    found = read_showers(path, CORE)
    np.testing.assert_array_equal(found.voxels, core.voxels)
    assert form().notes(path, core.kind) == []


def test_samples_are_written_in_the_cells_of_the_core(tmp_path: Path, whole: Showers) -> None:
    core = showers_of(CORE, whole.energy, cut(whole))
    write_events(tmp_path / "sample.hdf5", core)
    np.testing.assert_array_equal(read_showers(tmp_path / "sample.hdf5", CORE).voxels, core.voxels)


def test_layer_energies_are_those_of_the_kept_cells(whole: Showers) -> None:
    voxels = CORE.of_readout(WHOLE.images(whole.voxels))
    expected = whole.voxels.reshape(N, 30, 30, 30)[:, 6:21, 8:23, 8:23].sum((2, 3), dtype=float)
    np.testing.assert_allclose(CORE.layer_energies(voxels), expected)
