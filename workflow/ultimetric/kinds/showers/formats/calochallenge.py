"""HDF5 files in the layout of the CaloChallenge, which are checked and thresholded when read.

Datasets: `incident_energies` (N, 1) or (N,) MeV; `showers` (N, n_voxels) MeV, layer by layer, in
each layer angle by angle, in each angle from the innermost ring outwards (arXiv:2410.21611).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import accumulate
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.data.hdf5 import find_dataset, names_in, open_hdf5, read
from ultimetric.data.rows import append_rows
from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.kinds.showers.formats.layout import (
    OpenShowers,
    ShowerFormat,
    check_lengths,
    open_datasets,
)
from ultimetric.kinds.showers.geometry import GEV, Geometry

ENERGY, VOXELS = "incident_energies", "showers"


class CaloChallenge(ShowerFormat):
    """The format of the CaloChallenge; files of it can be handed to the challenge's own script."""

    datasets = f"{ENERGY} and {VOXELS} (as the CaloChallenge)"
    units = f"is the unit of {ENERGY!r} and {VOXELS!r} MeV?"

    def recognises(self, path: str | Path, kind: Any) -> bool:
        with open_hdf5(path) as file:
            return not {ENERGY, VOXELS}.isdisjoint(names_in(file))

    def fits(self, file: h5py.File, geometry: Geometry) -> bool:
        shape = find_dataset(file, VOXELS).shape
        return len(shape) == 2 and shape[1] in _numbers(geometry)

    @contextmanager
    def opened(self, path: str | Path, kind: Any) -> Iterator[OpenFlat]:
        with open_datasets(path, 2, partial(self._checked, geometry=kind.geometry)) as datasets:
            yield OpenFlat(path, kind, datasets)

    def _checked(self, file: h5py.File, geometry: Geometry) -> list[h5py.Dataset]:
        """Check names, types and shapes of both datasets, and return them."""
        energy, voxels = datasets = [find_dataset(file, name) for name in (ENERGY, VOXELS)]
        if energy.shape[1:] not in ((), (1,)) or not energy.shape:
            raise UserError(
                f"{file.filename}: dataset {ENERGY!r} has shape {energy.shape}, not (N, 1)"
            )
        needed = " or ".join(map(str, _numbers(geometry)))
        if len(voxels.shape) != 2:
            raise UserError(
                f"{file.filename}: dataset {VOXELS!r} has shape {voxels.shape}, not (N, {needed})"
            )
        if not self.fits(file, geometry):
            raise UserError(
                f"{file.filename}: dataset {VOXELS!r} has {voxels.shape[1]} voxels per shower: "
                f"geometry {geometry.name} has {needed}; {self.others(file)}"
            )
        check_lengths({ENERGY: energy, VOXELS: voxels})
        return datasets

    def append_showers(self, file: h5py.File, filters: dict[str, Any], showers: Entries) -> None:
        # An energy in GeV of 32 bits is the same again after both products in 64 bits.
        append_rows(file, filters, ENERGY, "MeV", GEV * showers.condition, np.float64)
        append_rows(file, filters, VOXELS, "MeV", showers.data)


class OpenFlat(OpenShowers):
    """An open file of flat showers."""

    energy_name, energy_unit = ENERGY, "MeV"

    def energies(self, rows: slice) -> np.ndarray:
        return read(self.datasets[0], rows).astype(np.float64).reshape(-1) / GEV

    def deposits(self, rows: slice) -> dict[str, np.ndarray]:
        return {VOXELS: read(self.datasets[1], rows)}

    @property
    def summed(self) -> bool:
        geometry = self.kind.geometry
        return geometry.sums and self.datasets[1].shape[1] == geometry.n_voxels

    def voxels(self, deposits: list[np.ndarray]) -> np.ndarray:
        (flat,) = deposits
        geometry = self.kind.geometry
        if flat.shape[1] == geometry.n_voxels:
            return flat
        shapes = geometry.readout_shapes
        ends = list(accumulate(map(prod, shapes)))[:-1]
        layers = zip(np.split(flat, ends, axis=1), shapes, strict=True)
        return geometry.of_readout([layer.reshape(-1, *shape) for layer, shape in layers])


def _numbers(geometry: Geometry) -> list[int]:
    """The numbers of voxels that a shower may have in a file: its own, or those of all cells."""
    return list(dict.fromkeys([geometry.n_voxels, geometry.n_cells]))
