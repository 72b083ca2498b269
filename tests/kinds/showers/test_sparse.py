"""Files of filled cells: what they hold, what is refused, and how deposits are rounded."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from kinds.showers.fake import fake_showers
from page_blocks import in_docs

from ultimetric import events
from ultimetric.data.hdf5 import read_attributes
from ultimetric.errors import UserError
from ultimetric.events import EventFile, read_events, write_events
from ultimetric.kinds.showers.formats.sparse import Sparse
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind, Showers

N = 20


@pytest.fixture(scope="module")
def showers() -> Showers:
    """Polar showers; one is empty, one has only its first cell, one only its last."""
    made = fake_showers(
        ShowerKind.of(Geometry.from_config(geometry_config("calochallenge_2"))), N, 1
    )
    made.voxels[[3, 4, N - 1]] = 0
    made.voxels[4, 0] = made.voxels[N - 1, -1] = 5
    return made


def written(path: Path, showers: Showers, **options: Any) -> Path:
    with Sparse(**options).writer(path, showers.kind, compress=True) as append:
        append(showers[:7])
        append(showers[7:8])
        append(showers[8:])
    return path


def test_what_is_read_is_what_was_written(tmp_path, showers, monkeypatch) -> None:
    path = written(tmp_path / "a.hdf5", showers)
    assert isinstance(showers.kind.format_of(path), Sparse)
    monkeypatch.setattr(events, "BLOCK", 8)
    file = EventFile(path, showers.kind)
    assert Sparse().check(path, showers.kind) == len(file) == N
    for rows in (np.arange(N), np.array([3]), np.array([2, 3, 9])):
        np.testing.assert_array_equal(file[rows].data, showers.voxels[rows])
        np.testing.assert_array_equal(file[rows].condition[:, 0], showers.energy[rows])


def test_the_file_is_what_its_description_says(tmp_path, showers) -> None:
    """Read without the package, shower by shower."""
    with h5py.File(written(tmp_path / "a.hdf5", showers)) as file:
        start = 0
        for row, count in enumerate(file["counts"][:].tolist()):
            stored = slice(start, start + count)
            cells = np.zeros(file["steps"].attrs["cells"])
            cells[np.cumsum(file["steps"][stored].astype(int)) - 1] = file["deposits"][stored]
            np.testing.assert_array_equal(cells, showers.voxels[row])
            start += count
        assert start == np.count_nonzero(showers.voxels)


def test_cells_are_summed_in_a_geometry_that_rebins(tmp_path, showers) -> None:
    blocks = [[2, 3]] * showers.geometry.n_layers
    rebins = geometry_config("calochallenge_2")
    coarse = Geometry.from_config({"name": "coarse", "rebins": rebins, "blocks": blocks})
    found = read_events(written(tmp_path / "a.hdf5", showers), ShowerKind.of(coarse))
    cells = showers.voxels.reshape(N, 45, 8, 2, 3, 3)
    np.testing.assert_allclose(found.data, cells.sum((3, 5)).reshape(N, -1), rtol=1e-6)


@pytest.mark.parametrize("bits", [4, 9])
def test_deposits_are_rounded_to_some_bits(tmp_path, showers, bits: int) -> None:
    path = written(tmp_path / "a.hdf5", showers, mantissa_bits=bits)
    found = read_events(path, showers.kind)
    np.testing.assert_array_equal(found.data > 0, showers.voxels > 0)  # none falls below the cut
    np.testing.assert_allclose(found.data, showers.voxels, rtol=2.0 ** -(bits + 1))
    with h5py.File(path) as file:
        assert f"{bits} mantissa bits" in file.attrs["rounding"]


def test_how_bundled_showers_are_kept(tmp_path, showers, monkeypatch) -> None:
    """As docs/bundled-showers.md says, from a simulated file."""
    lines = in_docs("bundled-showers.md", "python", "Sparse")
    monkeypatch.chdir(tmp_path)
    simulated, kept = re.search(r'= "(.*?)", "(.*?)"', lines).groups()
    Path(simulated).parent.mkdir(parents=True)
    write_events(simulated, showers, seed=3)
    (tmp_path / "keep.py").write_text(lines)
    runpy.run_path("keep.py")
    found = read_events(kept, showers.kind)
    np.testing.assert_allclose(found.data, showers.voxels, rtol=2.0**-10)
    assert read_attributes(kept)["seed"] == 3


def changed(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[h5py.File], None]:
    def apply(file: h5py.File) -> None:
        values, attributes = file[name][:], dict(file[name].attrs)
        del file[name]
        file[name] = change(values)
        file[name].attrs.update(attributes)

    return apply


def value(name: str, place: int, number: float) -> Callable[[h5py.File], None]:
    def change(values: np.ndarray) -> np.ndarray:
        values = values.astype(np.int64 if values.dtype.kind == "u" else np.float64)
        values[place] = number
        return values

    return changed(name, change)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (value("energy", 2, 2e3), "dataset 'energy', row 2: outside 1 to 1000 GeV"),
        (value("deposits", 0, np.nan), "dataset 'deposits', row 0: not finite"),
        (value("deposits", -1, -1), f"dataset 'deposits', row {N - 1}: a negative deposit"),
        (value("steps", 1, 0), "dataset 'steps', row 0: a step that is not positive"),
        (value("steps", -1, 6481), f"row {N - 1}: a cell behind the last of 6480"),
        (value("counts", 3, 1), "dataset 'steps' has shape"),
        (value("counts", 3, -1), "dataset 'counts', row 3: a negative number of cells"),
        (changed("counts", lambda x: x[:-1]), "has 19 rows, 'energy' has 20"),
        (changed("counts", lambda x: x / 2), "dataset 'counts' is not a list of whole numbers"),
        (changed("energy", lambda x: x[:, 0]), "dataset 'energy' has shape (20,), not (N, 1)"),
        (lambda file: file["steps"].attrs.update(cells=7), "have 7 cells; geometry 'calochall"),
        (lambda file: file.pop("deposits"), "dataset 'deposits' is missing"),
        (changed("deposits", lambda x: 1e3 * x), "is the unit MeV"),
    ],
)
def test_bad_files_are_refused(tmp_path, showers, change: Callable, what: str) -> None:
    path = written(tmp_path / "a.hdf5", showers)
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(UserError) as error:
        Sparse().check(path, showers.kind)
    assert str(error.value).startswith(f"{path}: ")
    assert what in str(error.value)
