"""Events in HDF5 as pandas writes a table of numbers, such as those of 10.5281/zenodo.10277550.

The first 20 columns are (E, px, py, pz) in GeV of two muons and three jets, 0 for absent jets; all
others are log densities, see `Collisions`. Rows with a value that is not finite are left out, as
the authors of these files do, and counted in a note. Both layouts of pandas are read, without
PyTables: `fixed` (axis0, block0_items, block0_values, ...) and `table` (one compound dataset).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.data.hdf5 import find_dataset, names_in, open_hdf5, read
from ultimetric.errors import UserError
from ultimetric.kinds.events.formats.layout import AT_ONCE, SHAPE, EventFormat, OpenEvents

FIXED, TABLE, VALUES = "axis0", "table", "values_block_0"
N_MOMENTA = SHAPE[0] * SHAPE[1]
Columns = Callable[[int, int], np.ndarray]  # rows from start to stop (n, D), float64


class Frame(EventFormat):
    """One row of at least 20 numbers per event."""

    datasets = f"a table of pandas with at least {N_MOMENTA} columns"

    def recognises(self, path: str | Path, kind: Any) -> bool:
        with open_hdf5(path) as file:
            return bool(_tables(file))

    @contextmanager
    def opened(self, path: str | Path, kind: Any) -> Iterator[OpenFrame]:
        with open_hdf5(path) as file:
            tables = _tables(file)
            if len(tables) != 1:
                raise UserError(
                    f"{path}: has {len(tables)} tables of pandas ({', '.join(tables)}), not one"
                )
            group = file[tables[0]]
            columns, size, width = _fixed(group) if FIXED in group else _table(group)
            if width < N_MOMENTA:
                raise UserError(
                    f"{path}: dataset {tables[0]!r} has {width} columns, not {N_MOMENTA} or more"
                )
            yield OpenFrame(path, kind, tables[0], columns, size)

    def notes(self, path: str | Path, kind: Any) -> list[str]:
        with self.opened(path, kind) as file:
            left_out = file.size - len(file)
        if not left_out:
            return []
        return [f"{left_out} of {file.size} rows have values that are not finite and are left out"]


class OpenFrame(OpenEvents):
    """An open table; see `OpenEvents`.

    Arguments:
        columns: A function that reads rows of all columns.
        size: The number of rows.
    """

    def __init__(
        self, path: str | Path, kind: Any, name: str, columns: Columns, size: int
    ) -> None:
        super().__init__(path, kind, name)
        self.columns, self.size = columns, size
        starts = range(0, size, AT_ONCE)
        blocks = (columns(i, min(i + AT_ONCE, size)) for i in starts)
        finite = [np.isfinite(block).all(1) for block in blocks]
        self.kept = np.flatnonzero(np.concatenate([np.zeros(0, bool), *finite]))

    def __len__(self) -> int:
        return len(self.kept)

    def rows(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
        kept = self.kept[start:stop]
        first, last = (kept[0], kept[-1] + 1) if len(kept) else (0, 0)
        found = self.columns(first, last)[kept - first]
        densities = found[:, N_MOMENTA:]
        momenta = found[:, :N_MOMENTA].reshape(-1, *SHAPE)
        return momenta, densities if densities.shape[1] else None, kept


def _tables(file: h5py.File) -> list[str]:
    """The names of the tables of pandas in a file."""
    groups = (x for x in names_in(file) if file.get(x, getclass=True) is h5py.Group)
    return [x for x in groups if {FIXED, TABLE} & set(names_in(file, x))]


def _fixed(group: h5py.Group) -> tuple[Columns, int, int]:
    """The columns of the layout `fixed`: columns of one type are together in a block."""
    labels = list(_labels(group, FIXED))
    blocks = []
    for name in sorted(x for x in names_in(group, group.name) if x.endswith("_values")):
        values = find_dataset(group, name)
        items = _labels(group, name.replace("_values", "_items"))
        if values.shape[1:] != items.shape or not set(items) <= set(labels):
            raise UserError(f"{group.file.filename}: dataset {name!r} does not fit its labels")
        blocks.append((values, [labels.index(x) for x in items]))
    places = sorted(place for _, some in blocks for place in some)
    sizes = {len(values) for values, _ in blocks}
    if places != list(range(len(labels))) or len(sizes) != 1:
        raise UserError(f"{group.file.filename}: {group.name!r} lacks columns or rows of a table")

    def columns(start: int, stop: int) -> np.ndarray:
        found = np.empty((stop - start, len(labels)))
        for values, some in blocks:
            found[:, some] = read(values, np.s_[start:stop])
        return found

    return columns, sizes.pop(), len(labels)


def _labels(group: h5py.Group, name: str) -> np.ndarray:
    return read(find_dataset(group, name, kinds="iufS"))


def _table(group: h5py.Group) -> tuple[Columns, int, int]:
    """The columns of the layout `table`. Only pickled attributes have the order of columns in
    several blocks.
    """
    rows = find_dataset(group, TABLE, kinds="V")
    others = set(rows.dtype.names or ()) - {"index"}
    if others != {VALUES} or rows.dtype[VALUES].base.kind not in "iuf":
        raise UserError(
            f"{group.file.filename}: dataset {rows.name.strip('/')!r} has the fields "
            f"{', '.join(sorted(others))}, not the numbers {VALUES}; write columns of one type, "
            "or format='fixed'"
        )

    def columns(start: int, stop: int) -> np.ndarray:
        found = read(rows, np.s_[start:stop])[VALUES].astype(np.float64)
        return found.reshape(stop - start, width)

    width = int(np.prod(rows.dtype[VALUES].shape))
    return columns, len(rows), width
