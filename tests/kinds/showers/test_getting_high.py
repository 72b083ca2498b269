"""Files in the layout of "Getting High", made here as they are published."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from showers import check_showers, read_showers

from ultimetric.errors import UserError
from ultimetric.kinds.showers.formats.getting_high import GettingHigh
from ultimetric.kinds.showers.geometries import checked_geometry
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind

WHOLE = Geometry.from_config(checked_geometry("ild"))
CORE = Geometry.from_config(checked_geometry("ild_core"))
N = 5


def boxes() -> np.ndarray:
    """Showers (N, 30, 30, 30) in MeV that deposit about 2 % of 50 GeV."""
    rng = np.random.default_rng(1)
    filled = rng.random((N, 30, 30, 30)) < 0.03
    return (filled * rng.exponential(1.2, filled.shape)).astype(np.float32)


def published(path: Path, layers: np.ndarray, energy: np.ndarray | None = None) -> Path:
    with h5py.File(path, "w") as file:
        group = file.create_group("30x30")
        group["energy"] = np.full((N, 1), 50.0) if energy is None else energy
        group["layers"] = layers
    return path


@pytest.mark.parametrize("geometry", [WHOLE, CORE])
def test_a_file_is_recognised_and_read(geometry: Geometry, tmp_path: Path) -> None:
    """The layer comes first, then x and y; what is below half a MIP is cut."""
    path = published(tmp_path / "photons.hdf5", boxes())
    assert isinstance(ShowerKind.of(geometry).format_of(path), GettingHigh)
    assert check_showers(path, geometry) == N
    found = read_showers(path, geometry)
    expected = np.where(boxes() >= np.float32(0.1), boxes(), 0)
    if geometry is CORE:
        expected = expected[:, 6:21, 8:23, 8:23]
    np.testing.assert_array_equal(found.voxels, expected.reshape(N, -1))
    np.testing.assert_array_equal(found.energy, 50)
    np.testing.assert_allclose(found.layer_energies, expected.sum((2, 3)), rtol=1e-6)
    assert GettingHigh().notes(path, found.kind) == []


def test_its_geometry_is_found(tmp_path: Path) -> None:
    path = published(tmp_path / "photons.hdf5", boxes())
    assert ShowerKind.recognised(path) == {"geometry": "ild"}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    showers = read_showers(published(tmp_path / "a.hdf5", boxes()), CORE)
    with GettingHigh().writer(tmp_path / "b.hdf5", showers.kind) as append:
        append(showers)
    np.testing.assert_array_equal(read_showers(tmp_path / "b.hdf5", CORE).voxels, showers.voxels)


@pytest.mark.parametrize(
    ("changed", "geometry", "sentence"),
    [
        ({"layers": boxes()[:, :, :, :29]}, "ild", r"rows of shape \(30, 30, 29\).*has \(30, 30"),
        ({}, "calogan", "geometry 'calogan' has no box of cells"),
        ({"energy": np.full(N, 50.0)}, "ild", r"'30x30/energy' has shape \(5,\), not \(N, 1\)"),
        ({"energy": np.full((N, 1), 5e4)}, "ild", "row 0: outside 10 to 100 GeV"),
        ({"layers": -boxes()}, "ild", "'30x30/layers', row 0: a negative deposit"),
        ({"layers": boxes() / 1e3}, "ild", "is the unit MeV, and that of '30x30/energy' GeV"),
        ({"layers": boxes()[1:]}, "ild", "'30x30/layers' has 4 rows, '30x30/energy' has 5"),
    ],
)
def test_a_bad_file_is_refused(changed, geometry: str, sentence: str, tmp_path: Path) -> None:
    path = published(tmp_path / "bad.hdf5", **{"layers": boxes()} | changed)
    with pytest.raises(UserError, match=sentence):
        check_showers(path, Geometry.from_config(checked_geometry(geometry)))


def test_a_group_without_layers_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "bad.hdf5", "w") as file:
        file["30x30/energy"] = np.full((N, 1), 50.0)
    with pytest.raises(UserError, match="dataset '30x30/layers' is missing"):
        check_showers(tmp_path / "bad.hdf5", WHOLE)
