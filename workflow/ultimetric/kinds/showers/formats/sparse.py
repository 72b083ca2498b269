"""HDF5 files that hold only the filled cells of showers: small, for fine calorimeters.

Datasets: `energy` (N, 1) GeV; `counts` (N,), the number of filled cells of each shower; then, for
all M filled cells of all showers in order, `steps` (M,), by how much the number of the cell
exceeds that of the filled cell before it in its shower (for the first one: its number plus 1), and
`deposits` (M,) in MeV. The attribute `cells` of `steps` is the number of all cells of a shower.
Most steps are small numbers, which gzip stores in a few bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.data.hdf5 import attribute, find_dataset, names_in, open_hdf5, read
from ultimetric.data.rounding import SMALLEST, rounded, rounding
from ultimetric.data.rows import append_rows
from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.kinds.showers.formats.calochallenge import OpenFlat
from ultimetric.kinds.showers.formats.layout import ShowerFormat, check_lengths
from ultimetric.kinds.showers.geometry import Geometry

ENERGY, COUNTS, STEPS, DEPOSITS, CELLS = "energy", "counts", "steps", "deposits", "cells"
STORED_CELLS = 2**16  # in one chunk


class Sparse(ShowerFormat):
    """The format of filled cells.

    Arguments:
        mantissa_bits: The number of bits to which the mantissas of deposits are rounded when they
            are written, which changes a deposit by at most 2^-(bits + 1) of it; by default all 23.
    """

    datasets = f"{ENERGY}, {COUNTS}, {STEPS} and {DEPOSITS} (filled cells)"
    units = f"is the unit MeV, and that of {ENERGY!r} GeV?"
    compression = SMALLEST

    def __init__(self, mantissa_bits: int | None = None) -> None:
        self.mantissa_bits = mantissa_bits

    def recognises(self, path: str | Path, kind: Any) -> bool:
        with open_hdf5(path) as file:
            return {COUNTS, STEPS} <= set(names_in(file))

    def fits(self, file: h5py.File, geometry: Geometry) -> bool:
        n_cells = attribute(find_dataset(file, STEPS), CELLS)
        return n_cells in (geometry.n_voxels, geometry.n_cells)

    @contextmanager
    def opened(self, path: str | Path, kind: Any) -> Iterator[OpenSparse]:
        with open_hdf5(path) as file:
            yield OpenSparse(path, kind, _checked(file))

    @contextmanager
    def writer(
        self, path: str | Path, kind: Any, compress: bool = False, **attributes: Any
    ) -> Iterator[Callable[..., None]]:
        bits = self.mantissa_bits
        if bits is not None:
            attributes["rounding"] = f"deposits {rounding(bits)}"
        with super().writer(path, kind, compress, **attributes) as append:
            yield append

    def append_showers(self, file: h5py.File, filters: dict[str, Any], showers: Entries) -> None:
        """Append the filled cells of showers; rounding takes none below the threshold."""
        row, cell = np.nonzero(showers.data)
        deposits = showers.data[row, cell]
        if self.mantissa_bits is not None:
            least = np.float32(showers.kind.geometry.threshold_MeV)
            deposits = np.maximum(rounded(deposits, self.mantissa_bits), least)
        before = np.concatenate([[-1], cell])[:-1]
        before[np.concatenate([[-1], row])[:-1] != row] = -1
        for name, unit, values, dtype in (
            (COUNTS, "", np.bincount(row, minlength=len(showers)), np.uint32),
            (STEPS, "", cell - before, np.uint32),
            (DEPOSITS, "MeV", deposits, np.float32),
        ):
            append_rows(file, filters, name, unit, values, dtype, STORED_CELLS)
        file[STEPS].attrs[CELLS] = showers.data.shape[1]
        append_rows(file, filters, ENERGY, "GeV", showers.condition)


class OpenSparse(OpenFlat):
    """An open file of filled cells.

    Arguments:
        path: The file, for messages.
        kind: The kind of the showers.
        datasets: The datasets `energy`, `counts`, `steps` and `deposits`.

    Raises:
        UserError: The datasets do not belong together, or not to the geometry.
    """

    energy_name, energy_unit = ENERGY, "GeV"

    def __init__(self, path: str | Path, kind: Any, datasets: list[h5py.Dataset]) -> None:
        super().__init__(path, kind, datasets)
        _, counts, self.steps, self.stored = datasets
        self.counts = read(counts).astype(np.int64)
        if (self.counts < 0).any():
            self._refuse(COUNTS, int(np.argmax(self.counts < 0)), "a negative number of cells")
        self.starts = np.cumsum([0, *self.counts])
        for name, dataset in ((STEPS, self.steps), (DEPOSITS, self.stored)):
            if dataset.shape != (self.starts[-1],):
                raise UserError(
                    f"{path}: dataset {name!r} has shape {dataset.shape}, but {COUNTS!r} add up "
                    f"to {self.starts[-1]} cells"
                )
        known = dict.fromkeys([kind.geometry.n_voxels, kind.stored_values])
        self.n_cells = int(attribute(self.steps, CELLS))
        if self.n_cells not in known:
            raise UserError(
                f"{path}: its showers have {self.n_cells} cells; geometry {kind.geometry.name!r} "
                f"needs {' or '.join(map(str, known))}"
            )

    @property
    def summed(self) -> bool:
        geometry = self.kind.geometry
        return geometry.sums and self.n_cells == geometry.n_voxels

    def energies(self, rows: slice) -> np.ndarray:
        return read(self.datasets[0], rows).astype(np.float64)[:, 0]

    def deposits(self, rows: slice) -> dict[str, np.ndarray]:
        counts, starts = self.counts[rows], self.starts[:-1][rows]
        first = starts[0] if len(starts) else 0
        stored = slice(first, first + counts.sum())
        row = np.repeat(np.arange(len(counts)), counts)
        steps = read(self.steps, stored).astype(np.int64)
        reached = np.concatenate([[0], np.cumsum(steps)])
        cell = reached[1:] - reached[starts - first][row] - 1
        for bad, what in (
            (steps < 1, "a step that is not positive"),
            (cell >= self.n_cells, f"a cell behind the last of {self.n_cells}"),
        ):
            if bad.any():
                self._refuse(STEPS, (rows.start or 0) + int(row[np.argmax(bad)]), what)
        cells = np.zeros((len(counts), self.n_cells), np.float32)
        with np.errstate(over="ignore"):
            cells[row, cell] = read(self.stored, stored)
        return {DEPOSITS: cells}

    def _refuse(self, name: str, row: int, what: str) -> None:
        raise UserError(f"{self.path}: dataset {name!r}, row {row}: {what}")


def _checked(file: h5py.File) -> list[h5py.Dataset]:
    """Check types and shapes of the datasets, and return them."""
    energy, counts, steps, _ = datasets = [
        find_dataset(file, name) for name in (ENERGY, COUNTS, STEPS, DEPOSITS)
    ]
    if energy.shape[1:] != (1,):
        raise UserError(
            f"{file.filename}: dataset {ENERGY!r} has shape {energy.shape}, not (N, 1)"
        )
    for name, dataset in ((COUNTS, counts), (STEPS, steps)):
        if dataset.ndim != 1 or dataset.dtype.kind not in "iu":
            raise UserError(f"{file.filename}: dataset {name!r} is not a list of whole numbers")
    check_lengths({ENERGY: energy, COUNTS: counts})
    return datasets
