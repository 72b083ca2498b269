"""Showers of a file in blocks, by number, and joined."""

import h5py
import numpy as np
import pytest
from layouts import COARSE, EPLUS, FULL, layout, refusal, written
from showers import read_showers, shower_file, showers_of, write_showers

from ultimetric import events
from ultimetric.data.rows import join_files
from ultimetric.errors import UserError
from ultimetric.events import Joined, block_size
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.observed import compute, inputs_of


def test_chosen_rows_across_blocks(monkeypatch):
    everything = read_showers(EPLUS, COARSE, np.arange(100))
    monkeypatch.setattr(events, "BLOCK", 16)
    rows = np.array([0, 15, 16, 17, 48, 99])
    chosen = read_showers(EPLUS, COARSE, rows)
    np.testing.assert_array_equal(chosen.voxels, everything.voxels[rows])
    np.testing.assert_array_equal(chosen.energy, everything.energy[rows])


def test_rows_beyond_the_file(tmp_path):
    path = written(tmp_path / "a.hdf5", layout())
    with pytest.raises(UserError, match="6"):
        read_showers(path, FULL, np.array([0, 6]))


def test_blocks_are_bounded_and_complete(tmp_path, monkeypatch):
    monkeypatch.setattr(events, "BLOCK", 4)
    path = written(tmp_path / "a.hdf5", layout(10))
    assert [len(block) for block in shower_file(path, FULL).blocks()] == [4, 4, 2]


@pytest.mark.parametrize("size", [1, 7, 64])
def test_any_blocks_give_the_same_to_the_last_bit(monkeypatch, size):
    rows = np.arange(3, 250, 2)
    expected = read_showers(EPLUS, FULL, rows)
    names = ("high_level", "normalised")
    values, inputs = compute(expected), {name: inputs_of(name, expected) for name in names}
    monkeypatch.setattr(events, "BLOCK", size)
    file = shower_file(EPLUS, FULL, rows)
    assert len(file) == len(rows)
    np.testing.assert_array_equal(file.condition, expected.condition)
    np.testing.assert_array_equal(file.data, expected.data)
    for name, found in compute(file).items():
        np.testing.assert_array_equal(found, values[name])
    for name in names:
        np.testing.assert_array_equal(inputs_of(name, file), inputs[name])


def test_showers_of_a_file_by_number():
    """In any order, repeated, of chosen rows, as with showers in memory."""
    rows = np.arange(10, 90, 4)
    file, memory = shower_file(EPLUS, COARSE, rows), read_showers(EPLUS, COARSE, rows)
    for wanted in (np.array([5, 0, 5, 19]), slice(3, 12), slice(None, None, -3), rows > 50):
        np.testing.assert_array_equal(file[wanted].voxels, memory[wanted].voxels)
        np.testing.assert_array_equal(file[wanted].energy, memory[wanted].energy)


def test_joined_sets():
    parts = (shower_file(EPLUS, COARSE, np.arange(30)), read_showers(EPLUS, COARSE)[30:50])
    both, expected = Joined(parts), read_showers(EPLUS, COARSE, np.arange(50))
    assert len(both) == 50
    np.testing.assert_array_equal(both.data, expected.data)
    np.testing.assert_array_equal(both.condition, expected.condition)
    wanted = np.array([49, 3, 30, 29])
    np.testing.assert_array_equal(both[wanted].voxels, expected[wanted].voxels)
    np.testing.assert_array_equal(both[wanted].energy, expected[wanted].energy)


def test_no_rows_are_no_showers(tmp_path):
    none = shower_file(EPLUS, COARSE, np.array([], np.int64))
    assert [len(block) for block in none.blocks()] == [0]
    assert inputs_of("high_level", none).shape == (0, 44)
    write_showers(tmp_path / "a.hdf5", none)
    assert refusal(tmp_path / "a.hdf5", COARSE) == "dataset 'energy' has no rows"


def wide(layers: int, shape: tuple[int, int]) -> Geometry:
    ones = (1,) * layers
    return Geometry("wide", (shape,) * layers, ones, 240, 0.01, (1, 100), ((1, 1),) * layers)


def at_once(geometry: Geometry) -> int:
    return block_size(ShowerKind.of(geometry))


@pytest.mark.slow
def test_wide_showers_come_in_small_blocks():
    assert at_once(FULL) == at_once(COARSE) == 4096
    assert at_once(wide(45, (50, 18))) == 128
    assert at_once(wide(1, (10_000, 10_000))) == 1


def test_chunks_hold_at_most_a_mebibyte(tmp_path):
    geometry = wide(2, (50, 18))
    showers = showers_of(geometry, np.full(600, 5.0), np.ones((600, 1800), np.float32))
    write_showers(tmp_path / "a.hdf5", showers)
    with h5py.File(tmp_path / "a.hdf5") as file:
        assert file["layer_1"].chunks == (256, 50, 18)
        assert file["energy"].chunks == (512, 1)


@pytest.mark.parametrize("compress", [False, True])
def test_joined_files_are_compressed_like_their_parts(tmp_path, compress):
    paths = [tmp_path / f"{i}.hdf5" for i in range(2)]
    kind = ShowerKind.of(COARSE)
    for i, path in enumerate(paths):
        with kind.formats[0].writer(path, kind, compress=compress) as append:
            append(read_showers(EPLUS, COARSE, np.arange(10 * i, 10 * i + 10)))
    join_files(paths, tmp_path / "both.hdf5")
    with h5py.File(tmp_path / "both.hdf5") as file:
        assert file["layer_0"].compression == ("gzip" if compress else None)
    found = read_showers(tmp_path / "both.hdf5", COARSE)
    np.testing.assert_array_equal(found.voxels, read_showers(EPLUS, COARSE, np.arange(20)).voxels)
