"""Files whose numbers are rounded, to be small."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from ultimetric.data.hdf5 import read_attributes
from ultimetric.data.rounding import rounded, rounded_copy
from ultimetric.data.rows import append_rows


def test_rounding_by_hand() -> None:
    # Two bits behind the leading one: 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4 ...
    values = np.array([1.1, 1.13, 1.9, 2.2, 2.3, 3.8, 0.3, 0.0])
    assert rounded(values, 2).tolist() == [1.0, 1.25, 2.0, 2.0, 2.5, 4.0, 0.3125, 0.0]
    assert rounded(-values, 2).tolist() == [-1.0, -1.25, -2.0, -2.0, -2.5, -4.0, -0.3125, 0.0]


@pytest.mark.parametrize("bits", [4, 11])
def test_copies_have_rounded_numbers_and_say_so(tmp_path: Path, bits: int) -> None:
    values = np.random.default_rng(1).normal(size=(700, 5)).astype(np.float32)
    numbers = np.arange(700) * 10**6
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file.attrs["seed"] = "3"
        append_rows(file, {}, "values", "GeV", values)
        append_rows(file, {}, "numbers", "", numbers, np.int64)
    rounded_copy(tmp_path / "a.hdf5", tmp_path / "b.hdf5", 600, bits, by="us")
    with h5py.File(tmp_path / "b.hdf5") as file:
        np.testing.assert_array_equal(file["numbers"][:], numbers[:600])
        found = file["values"]
        assert (found.shape, found.dtype, found.attrs["unit"]) == ((600, 5), np.float32, "GeV")
        np.testing.assert_allclose(found[:], values[:600], rtol=2.0 ** -(bits + 1))
        # The last bits, of 23 behind the leading one, are 0.
        assert not (found[:].view(np.uint32) % 2 ** (23 - bits)).any()
    told = read_attributes(tmp_path / "b.hdf5")
    assert (told["seed"], told["by"]) == ("3", "us")
    assert told["rounding"].startswith(f"values rounded to {bits} mantissa bits")
