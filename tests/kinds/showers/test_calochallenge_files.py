"""Files in the layout of the CaloChallenge: what is read, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from kinds.showers.fake import fake_showers
from showers import check_showers, read_showers, shower_file, write_showers

from ultimetric import events
from ultimetric.data.hdf5 import read_attributes
from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometries import checked_geometry
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind

ENERGY, VOXELS = "incident_energies", "showers"
DATASETS = {"1_photons": 368, "1_pions": 533, "2": 6480, "3": 40_500}


def geometry_of(dataset: str) -> Geometry:
    return Geometry.from_config(checked_geometry(f"calochallenge_{dataset}"))


PHOTONS = geometry_of("1_photons")


def arrays(dataset: str = "1_photons", n: int = 8) -> dict[str, np.ndarray]:
    """Both datasets as others write them: in MeV, of double precision."""
    showers = fake_showers(ShowerKind.of(geometry_of(dataset)), n, 1)
    return {ENERGY: 1e3 * showers.energy[:, None], VOXELS: showers.voxels.astype(np.float64)}


def written(path: Path, data: dict[str, np.ndarray], **options: Any) -> Path:
    with h5py.File(path, "w") as file:
        for name, values in data.items():
            file.create_dataset(name, data=values, **options)
    return path


def refusal(path: Path, geometry: Geometry = PHOTONS) -> str:
    with pytest.raises(UserError) as error:
        check_showers(path, geometry)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("dataset", DATASETS)
def test_all_datasets_are_written_and_read_back(dataset: str, tmp_path: Path) -> None:
    """In the layout that the challenge's own script reads."""
    showers = fake_showers(ShowerKind.of(geometry_of(dataset)), 6, 2)
    write_showers(tmp_path / "a.hdf5", showers, sample="mine")
    assert check_showers(tmp_path / "a.hdf5", showers.geometry) == 6
    again = read_showers(tmp_path / "a.hdf5", showers.geometry)
    np.testing.assert_array_equal(again.voxels, showers.voxels)
    np.testing.assert_array_equal(again.energy, showers.energy)
    with h5py.File(tmp_path / "a.hdf5") as file:
        assert set(file) == {ENERGY, VOXELS}
        np.testing.assert_array_equal(file[ENERGY][:, 0], 1e3 * showers.energy)
        assert file[VOXELS].shape == (6, DATASETS[dataset])
        assert {x.attrs["unit"] for x in file.values()} == {"MeV"}
    attributes = read_attributes(tmp_path / "a.hdf5")
    assert attributes == {"geometry": f"calochallenge_{dataset}", "sample": "mine"}


STORED = {
    "double precision": ({}, {}),
    "single precision": ({"dtype": np.float32}, {}),
    "compressed": ({}, {"compression": "gzip"}),
    "one chunk": ({}, {"compression": "gzip", "chunks": True}),
    "energies (N,)": ({"flat": True}, {}),
}


@pytest.mark.parametrize("name", STORED)
def test_ways_to_store_a_file(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(events, "BLOCK", 2)
    change, options = STORED[name]
    data = arrays()
    expected = data[VOXELS].astype(np.float32)
    data = {key: x.astype(change.get("dtype", x.dtype)) for key, x in data.items()}
    if change.get("flat"):
        data[ENERGY] = data[ENERGY][:, 0]
    path = written(tmp_path / "a.hdf5", data, **options)
    assert check_showers(path, PHOTONS) == 8
    file = shower_file(path, PHOTONS)
    np.testing.assert_allclose(file.condition, arrays()[ENERGY] / 1e3)
    assert file.condition.shape == (8, 1)
    np.testing.assert_array_equal(file.data, expected)
    assert file.data.dtype == np.float32


def test_the_cut_acts_on_every_voxel(tmp_path: Path) -> None:
    """1 MeV in dataset 1; 0.5 keV / 0.033 in the others, in both precisions."""
    for dataset, cut in (("1_pions", 1.0), ("2", 0.5e-3 / 0.033)):
        for dtype in (np.float32, np.float64):
            data = arrays(dataset, 1)
            data[VOXELS] = data[VOXELS].astype(dtype)
            data[VOXELS][0, :4] = 0.999 * cut, cut, 1.001 * cut, 0
            path = written(tmp_path / "a.hdf5", data)
            kept = read_showers(path, geometry_of(dataset)).voxels[0, :4]
            np.testing.assert_allclose(kept, [0, cut, 1.001 * cut, 0], rtol=1e-6)


@pytest.mark.parametrize(
    ("dataset", "value", "what"),
    [
        (VOXELS, np.nan, "not finite"),
        (VOXELS, np.inf, "not finite"),
        (VOXELS, -0.5, "a negative deposit"),
        (VOXELS, 1e39, "deposits too large for 32 bits"),
        (ENERGY, np.nan, "not finite"),
        (ENERGY, 0.256, "outside 0.256 to 4194.304 GeV (is the unit MeV?)"),
        (ENERGY, 2**23, "outside 0.256 to 4194.304 GeV (is the unit MeV?)"),
    ],
)
def test_a_bad_value_is_named_by_dataset_and_row(
    dataset: str, value: float, what: str, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(events, "BLOCK", 4)
    data = arrays()
    data[dataset][5, -1] = value
    assert refusal(written(tmp_path / "a.hdf5", data)) == f"dataset {dataset!r}, row 5: {what}"


def test_other_units(tmp_path: Path) -> None:
    """All in GeV, deposits in GeV, deposits in keV."""
    data = arrays(n=30)
    in_gev = {name: x / 1e3 for name, x in data.items()}
    assert "is the unit MeV?" in refusal(written(tmp_path / "a.hdf5", in_gev))
    for factor in (1e-3, 1e3):
        path = written(tmp_path / "a.hdf5", data | {VOXELS: factor * data[VOXELS]})
        assert refusal(path).endswith(
            "times 'incident_energies' in the median shower (is the unit of 'incident_energies' "
            "and 'showers' MeV?)"
        )


SHAPES = {
    "no energies": ({ENERGY: None}, "dataset 'incident_energies' is missing (it has showers)"),
    "no showers": ({VOXELS: None}, "dataset 'showers' is missing (it has incident_energies)"),
    "pairs of energies": ({ENERGY: np.ones((8, 2))}, "has shape (8, 2), not (N, 1)"),
    "one energy": ({ENERGY: np.array(256.0)}, "has shape (), not (N, 1)"),
    "images": ({VOXELS: np.ones((8, 1, 368))}, "has shape (8, 1, 368), not (N, 368)"),
    "fewer showers": ({VOXELS: np.ones((7, 368))}, "has 7 rows, 'incident_energies' has 8"),
    "none": (
        {ENERGY: np.ones((0, 1)), VOXELS: np.ones((0, 368))},
        "'incident_energies' has no rows",
    ),
    "voxels of nothing": (
        {VOXELS: np.ones((8, 500))},
        "has 500 voxels per shower: geometry calochallenge_1_photons has 368",
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_datasets_that_do_not_fit(name: str, tmp_path: Path) -> None:
    changes, what = SHAPES[name]
    data = {key: x for key, x in (arrays() | changes).items() if x is not None}
    assert what in refusal(written(tmp_path / "a.hdf5", data))


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_file_of_another_dataset_names_the_geometry_that_fits(
    dataset: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.hdf5", arrays(dataset, 2))
    for other in ["calogan", *(f"calochallenge_{x}" for x in DATASETS if x != dataset)]:
        message = refusal(path, Geometry.from_config(geometry_config(other)))
        assert f"has {DATASETS[dataset]} voxels per shower" in message
        assert f"geometry calochallenge_{dataset} fits" in message


def test_the_layout_of_calogan_is_read_too(tmp_path: Path) -> None:
    """Polar showers may come with one dataset per layer."""
    showers = fake_showers(ShowerKind.of(PHOTONS), 5, 3)
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["energy"] = showers.energy[:, None]
        for i, image in enumerate(PHOTONS.images(showers.voxels)):
            file[f"layer_{i}"] = image
    again = read_showers(tmp_path / "a.hdf5", PHOTONS)
    np.testing.assert_array_equal(again.voxels, showers.voxels)


def test_fine_cells_are_summed_to_coarse_ones(tmp_path: Path) -> None:
    """The cells of dataset 3 in twos, in angle and radius: cut first, then summed."""
    config = {
        "name": "half",
        "rebins": geometry_config("calochallenge_3"),
        "blocks": 45 * [[2, 2]],
    }
    coarse, fine = Geometry.from_config(config), geometry_of("3")
    data = arrays("3", 2)
    data[VOXELS][0, :2] = 0.01, 1.0
    path = written(tmp_path / "a.hdf5", data)
    kind = ShowerKind.of(coarse)
    assert kind.format_of(path).notes(path, kind) == []
    voxels = read_showers(path, coarse).voxels
    kept = read_showers(path, fine).voxels
    cells = kept.reshape(2, 45, 25, 2, 9, 2).sum((3, 5))
    np.testing.assert_allclose(voxels, cells.reshape(2, -1), rtol=1e-6)
    summed = written(tmp_path / "b.hdf5", data | {VOXELS: voxels})
    np.testing.assert_array_equal(read_showers(summed, coarse).voxels, voxels)
    (note,) = kind.format_of(summed).notes(summed, kind)
    assert note == "already summed to coarse cells: the threshold acted on sums"
