"""HDF5 files in the layout of "Getting High" (arXiv:2005.05334), read as one box of cells.

Datasets: `30x30/energy` (N, 1) GeV; `30x30/layers` (N, 30, 30, 30) MeV. The first axis of a shower
is taken for the layer, the others for x and y: the files do not say it, but the code that was
published with them sums the last two for the profile in depth.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.data.hdf5 import find_dataset, names_in, open_hdf5, read
from ultimetric.data.rows import append_rows
from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.kinds.showers.formats.calochallenge import OpenFlat
from ultimetric.kinds.showers.formats.layout import ShowerFormat, check_lengths, open_datasets
from ultimetric.kinds.showers.geometry import Geometry

GROUP = "30x30"
ENERGY, LAYERS = f"{GROUP}/energy", f"{GROUP}/layers"


class GettingHigh(ShowerFormat):
    """The format of "Getting High", for geometries of a box of cells and their crops."""

    datasets = f"{ENERGY} and {LAYERS} (as Getting High)"
    units = f"is the unit MeV, and that of {ENERGY!r} GeV?"

    def recognises(self, path: str | Path, kind: Any) -> bool:
        with open_hdf5(path) as file:
            return GROUP in names_in(file)

    def fits(self, file: h5py.File, geometry: Geometry) -> bool:
        return find_dataset(file, LAYERS).shape[1:] in _boxes(geometry)

    @contextmanager
    def opened(self, path: str | Path, kind: Any) -> Iterator[OpenBox]:
        with open_datasets(path, 2, partial(self._checked, geometry=kind.geometry)) as datasets:
            yield OpenBox(path, kind, datasets)

    def _checked(self, file: h5py.File, geometry: Geometry) -> list[h5py.Dataset]:
        """Check names, types and shapes of both datasets, and return them."""
        energy, layers = datasets = [find_dataset(file, name) for name in (ENERGY, LAYERS)]
        if energy.shape[1:] != (1,):
            raise UserError(
                f"{file.filename}: dataset {ENERGY!r} has shape {energy.shape}, not (N, 1)"
            )
        if not self.fits(file, geometry):
            needed = " or ".join(map(str, _boxes(geometry))) or "no box of cells"
            raise UserError(
                f"{file.filename}: dataset {LAYERS!r} has rows of shape {layers.shape[1:]}; "
                f"geometry {geometry.name!r} has {needed}; {self.others(file)}"
            )
        check_lengths({ENERGY: energy, LAYERS: layers})
        return datasets

    def append_showers(self, file: h5py.File, filters: dict[str, Any], showers: Entries) -> None:
        box = showers.kind.geometry.box
        append_rows(file, filters, ENERGY, "GeV", showers.condition)
        append_rows(file, filters, LAYERS, "MeV", showers.data.reshape(-1, *box))


class OpenBox(OpenFlat):
    """An open file of showers as boxes."""

    energy_name, energy_unit = ENERGY, "GeV"

    def energies(self, rows: slice) -> np.ndarray:
        return read(self.datasets[0], np.s_[rows, 0]).astype(np.float64)

    def deposits(self, rows: slice) -> dict[str, np.ndarray]:
        boxes = read(self.datasets[1], rows)
        return {LAYERS: boxes.reshape(len(boxes), prod(boxes.shape[1:]))}

    @property
    def summed(self) -> bool:
        return self.kind.geometry.sums and self.datasets[1].shape[1:] == self.kind.geometry.box


def _boxes(geometry: Geometry) -> list[tuple[int, int, int]]:
    """The shapes that a shower may have in a file: its own, or that of all cells."""
    readout = geometry.readout_shapes
    whole = (len(readout), *readout[0]) if geometry.box and len(set(readout)) == 1 else None
    return [box for box in dict.fromkeys([geometry.box, whole]) if box]
