"""What a file of showers must hold, and what is said of one that does not."""

import h5py
import numpy as np
import pytest
from layouts import COARSE, EPLUS, FULL, layout, refusal, written
from showers import check_showers, read_showers, shower_file, showers_of, write_showers

from ultimetric import events
from ultimetric.data.hdf5 import read_attributes
from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import threshold


def test_good_layout_is_read(tmp_path):
    showers = read_showers(written(tmp_path / "a.hdf5", layout()), FULL)
    assert len(showers) == 6
    np.testing.assert_array_equal(showers.energy, 10)
    np.testing.assert_array_equal(showers.layer_energies, [[288, 144, 72]] * 6)
    assert showers.voxels.dtype == np.float32


@pytest.mark.parametrize(
    ("dataset", "value", "what"),
    [
        ("layer_0", np.nan, "not finite"),
        ("layer_1", np.inf, "not finite"),
        ("layer_2", -0.5, "a negative deposit"),
        ("energy", np.nan, "not finite"),
        ("energy", 0.5, "outside 1 to 100 GeV"),
        ("energy", 101, "outside 1 to 100 GeV"),
        ("energy", 10_000, "is the unit GeV?"),
    ],
)
def test_bad_value_is_named_by_file_dataset_and_row(tmp_path, dataset, value, what):
    data = layout()
    data[dataset][4].flat[-1] = value
    message = refusal(written(tmp_path / "a.hdf5", data))
    assert message.startswith(f"dataset {dataset!r}, row 4: ")
    assert what in message


def test_row_is_counted_from_the_start_of_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(events, "BLOCK", 4)
    data = layout(11)
    data["layer_1"][9, 3, 3] = -1
    message = refusal(written(tmp_path / "a.hdf5", data))
    assert message == "dataset 'layer_1', row 9: a negative deposit"


@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_deposits_in_another_unit(tmp_path, factor):
    data = layout()
    for i in range(3):
        data[f"layer_{i}"] *= factor
    data["layer_0"][:3] = data["layer_1"][:3] = data["layer_2"][:3] = 0  # says nothing
    path = written(tmp_path / "a.hdf5", data)
    with pytest.raises(UserError, match="is the unit MeV"):
        check_showers(path, FULL)


def test_single_showers_may_be_absurd(tmp_path):
    """They are judged: one 20 times too bright, or only empty ones."""
    data = layout()
    data["layer_1"][2] *= 1e3
    path = written(tmp_path / "a.hdf5", data)
    assert check_showers(path, FULL) == len(read_showers(path, FULL)) == 6
    empty = {name: 0 * x if name != "energy" else x for name, x in layout().items()}
    assert check_showers(written(tmp_path / "b.hdf5", empty), FULL) == 6


@pytest.mark.parametrize("dataset", ["energy", "layer_2"])
def test_missing_dataset(tmp_path, dataset):
    data = layout()
    del data[dataset]
    message = refusal(written(tmp_path / "a.hdf5", data))
    assert message.startswith(f"dataset {dataset!r} is missing (it has ")


def test_text_instead_of_numbers(tmp_path):
    data = layout() | {"layer_0": np.array([b"one", b"two"])}
    assert refusal(written(tmp_path / "a.hdf5", data)).startswith("dataset 'layer_0' holds |S3")


def test_group_instead_of_a_dataset(tmp_path):
    data = layout()
    data["layer_0/voxels"] = data.pop("layer_0")
    assert "'layer_0'" in refusal(written(tmp_path / "a.hdf5", data))


@pytest.mark.parametrize("shape", [(6,), (6, 2), (3, 2, 1)])
def test_shape_of_energy(tmp_path, shape):
    data = layout() | {"energy": np.full(shape, 10.0)}
    message = refusal(written(tmp_path / "a.hdf5", data))
    assert message == f"dataset 'energy' has shape {shape}, not (N, 1)"


def test_scalar_energy(tmp_path):
    assert "'energy'" in refusal(written(tmp_path / "a.hdf5", layout() | {"energy": 10.0}))


def test_axes_swapped(tmp_path):
    data = layout()
    data["layer_0"] = data["layer_0"].swapaxes(1, 2)
    message = refusal(written(tmp_path / "a.hdf5", data))
    assert message == (
        "dataset 'layer_0' has rows of shape (96, 3); geometry 'calogan' needs (3, 96); "
        "no geometry of the package fits (docs/tutorials/geometry.md describes another one)"
    )


def test_unequal_rows(tmp_path):
    data = layout()
    data["layer_1"] = data["layer_1"][:-1]
    message = refusal(written(tmp_path / "a.hdf5", data))
    assert message == "dataset 'layer_1' has 5 rows, 'energy' has 6"


def test_no_rows(tmp_path):
    assert refusal(written(tmp_path / "a.hdf5", layout(0))) == "dataset 'energy' has no rows"


def test_no_such_file(tmp_path):
    assert refusal(tmp_path / "none.hdf5") == "no such file"


def test_not_hdf5(tmp_path):
    path = tmp_path / "a.hdf5"
    path.write_text("energy,layer_0\n")
    assert refusal(path) == "not a readable HDF5 file"


def test_threshold_acts_on_cells_as_read(tmp_path):
    """In a 3 x 3 block: cells of 9 keV vanish although their sum is above the threshold."""
    data = layout(1)
    data["layer_1"][:] = 0.009
    data["layer_2"][:] = 0.01
    path = written(tmp_path / "a.hdf5", data)
    full, coarse = read_showers(path, FULL), read_showers(path, COARSE)
    np.testing.assert_array_equal(full.voxels[:, FULL.slices[1]], 0)
    np.testing.assert_array_equal(coarse.voxels[:, COARSE.slices[1]], 0)
    np.testing.assert_allclose(full.voxels[:, FULL.slices[2]], 0.01, rtol=1e-6)
    np.testing.assert_allclose(coarse.voxels[:, COARSE.slices[2]], 0.09, rtol=1e-6)


def test_full_layout_read_into_the_coarse_geometry(tmp_path):
    data = layout(1)
    data["layer_0"][0] = np.arange(288).reshape(3, 96)
    showers = read_showers(written(tmp_path / "a.hdf5", data), COARSE)
    image = showers.geometry.images(showers.voxels)[0][0]
    # Blocks of 8 in eta: 0 + ... + 7, and in the second row 96 + ... + 103.
    assert image[0, 0] == 28
    assert image[1, 0] == 796
    assert image[2, 11] == sum(range(280, 288))
    np.testing.assert_array_equal(showers.voxels[0, 36:], 9)


def test_first_layer_not_rebinned(tmp_path):
    blocks = [[1, 1], [3, 3], [3, 3]]
    config = {"name": "mixed", "rebins": geometry_config("calogan"), "blocks": blocks}
    geometry = Geometry.from_config(config)
    showers = read_showers(written(tmp_path / "a.hdf5", layout(2)), geometry)
    np.testing.assert_array_equal(showers.voxels, [[1] * 288 + [9] * 24] * 2)


def test_bundled_showers_keep_their_energies_in_the_coarse_geometry():
    rows = np.arange(0, 200)
    full, coarse = read_showers(EPLUS, FULL, rows), read_showers(EPLUS, COARSE, rows)
    np.testing.assert_allclose(coarse.layer_energies, full.layer_energies, rtol=1e-5)
    assert full.voxels[full.voxels > 0].min() >= 0.01
    with h5py.File(EPLUS) as file:
        cells = file["layer_0"][:200]
    assert ((cells > 0) & (cells < 0.01)).any()


def test_round_trip(tmp_path):
    first = read_showers(EPLUS, COARSE, np.arange(50))
    write_showers(tmp_path / "a.hdf5", first, seed=7, generator="copy")
    second = read_showers(tmp_path / "a.hdf5", COARSE)
    np.testing.assert_array_equal(second.voxels, first.voxels)
    np.testing.assert_array_equal(second.energy, first.energy)
    attributes = read_attributes(tmp_path / "a.hdf5")
    assert attributes == {"geometry": "calogan_coarse", "seed": 7, "generator": "copy"}
    with h5py.File(tmp_path / "a.hdf5") as file:
        assert file["energy"].attrs["unit"] == "GeV"
        assert file["layer_2"].attrs["unit"] == "MeV"
        assert file["layer_2"].shape == (50, 4, 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_threshold_leaves_no_trace(dtype):
    voxels = np.array([[-5, 0, 3, 7, 2]], dtype)
    kept = threshold(voxels, 3)
    assert kept.dtype == dtype
    np.testing.assert_array_equal(kept, [[0, 0, 3, 7, 0]])
    assert not np.signbit(kept).any()


def test_energies(tmp_path):
    data = layout()
    data["energy"][:, 0] = [1, 2, 5, 10, 50, 100]
    showers = shower_file(written(tmp_path / "a.hdf5", data), FULL)
    np.testing.assert_array_equal(showers.condition, data["energy"])
    assert "data" not in vars(showers)  # nothing else was read


def test_empty_showers_are_kept(tmp_path):
    data = layout(3)
    for i in range(3):
        data[f"layer_{i}"][1] = 0
    showers = read_showers(written(tmp_path / "a.hdf5", data), COARSE)
    np.testing.assert_array_equal(showers.voxels.any(1), [True, False, True])


def test_energy_may_leave_the_range_by_rounding(tmp_path):
    data = layout()
    data["energy"][0] = 100.0001
    assert read_showers(written(tmp_path / "a.hdf5", data), FULL).energy[0] > 100


def test_showers_are_selected_together():
    showers = showers_of(COARSE, np.array([1.0, 2.0, 3.0]), np.eye(3, 60, dtype=np.float32))
    chosen = showers[np.array([2, 0])]
    np.testing.assert_array_equal(chosen.energy, [3, 1])
    np.testing.assert_array_equal(chosen.voxels.argmax(1), [2, 0])
