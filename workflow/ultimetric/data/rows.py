"""Append rows to HDF5 files block by block, and join files."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.data.hdf5 import (
    attribute,
    find_dataset,
    names_in,
    open_hdf5,
    read,
    read_attributes,
)
from ultimetric.errors import UserError

STORED, STORED_BYTES = 512, 2**20  # the largest number of rows, and of bytes, in one chunk
JOINED = 8  # chunks handled at once
# gzip is an order of magnitude slower than a disk: for files to keep and to hand on.
COMPRESSED = {"compression": "gzip", "compression_opts": 4, "shuffle": True}


def append_rows(
    file: h5py.File,
    filters: dict[str, Any],
    name: str,
    unit: str,
    rows: np.ndarray,
    dtype: Any = np.float32,
    stored: int = STORED,
) -> None:
    """Append rows (N, ...) to a dataset, which is made if it does not exist.

    Arguments:
        file: The file.
        filters: Options of h5py for a new dataset.
        name: The name of the dataset.
        unit: The unit of the values, an attribute of a new dataset.
        rows: The rows.
        dtype: The type of a new dataset.
        stored: The largest number of rows in one chunk of a new dataset.
    """
    if name not in file:
        shape = rows.shape[1:]
        fitting = max(1, STORED_BYTES // (np.dtype(dtype).itemsize * prod(shape)))
        file.create_dataset(
            name,
            (0, *shape),
            dtype,
            maxshape=(None, *shape),
            chunks=(min(stored, 2 ** (fitting.bit_length() - 1)), *shape),
            **filters,
        ).attrs["unit"] = unit
    dataset = file[name]
    start = len(dataset)
    dataset.resize(start + len(rows), axis=0)
    dataset[start:] = rows


def join_files(paths: list[Path], joined: str | Path) -> None:
    """Join files of rows as they are, block by block, compressed like the first.

    Raises:
        UserError: The attributes differ, so that the files were not made in the same way.
    """
    attributes = read_attributes(paths[0])
    with h5py.File(joined, "w") as file:
        file.attrs.update(attributes)
        for path in paths:
            found = read_attributes(path)
            for name in attributes.keys() | found.keys():
                if found.get(name) != attributes.get(name):
                    raise UserError(
                        f"{path}: {name} is {found.get(name)!r}, but {attributes.get(name)!r} in "
                        f"{paths[0]}"
                    )
            with open_hdf5(path) as part:
                for name in names_in(part):
                    rows = find_dataset(part, name)
                    unit = attribute(rows, "unit")
                    filters = COMPRESSED if rows.compression else {}
                    step = rows.chunks[0] * JOINED
                    for start in range(0, max(1, len(rows)), step):
                        values = read(rows, np.s_[start : start + step])
                        append_rows(file, filters, name, unit, values, rows.dtype, rows.chunks[0])
