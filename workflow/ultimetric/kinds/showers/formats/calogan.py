"""HDF5 files in the CaloGAN layout, which are checked, thresholded, rebinned or cropped when read.

Datasets: `energy` (N, 1) GeV; `layer_i` (N, phi, eta) MeV; `overflow` (N, n_layers) MeV is
optional and not used. A file has either the layers of the geometry or those of the readout that
the geometry rebins or crops.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
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
from ultimetric.kinds.showers.geometry import Geometry

ENERGY, LAYER = "energy", "layer_{}"


class CaloGAN(ShowerFormat):
    """The format of the CaloGAN files: the threshold is applied to the cells of the file, before
    they are summed.
    """

    datasets = f"{ENERGY} and {LAYER.format(0)}, {LAYER.format(1)} ... (as CaloGAN)"
    units = f"is the unit MeV, and that of {ENERGY!r} GeV?"

    def recognises(self, path: str | Path, kind: Any) -> bool:
        with open_hdf5(path) as file:
            return any(name.startswith(LAYER.format("")) for name in names_in(file))

    def fits(self, file: h5py.File, geometry: Geometry) -> bool:
        names = _layers(file, geometry)
        if not set(names) <= set(names_in(file)):
            return False
        shapes = tuple(find_dataset(file, name).shape[1:] for name in names)
        return shapes in (geometry.shapes, geometry.readout_shapes)

    @contextmanager
    def opened(self, path: str | Path, kind: Any) -> Iterator[OpenLayers]:
        check = partial(self._checked, geometry=kind.geometry)
        n_layers = len(kind.geometry.readout_shapes)
        with open_datasets(path, 1 + n_layers, check) as datasets:
            yield OpenLayers(path, kind, datasets)

    def _checked(self, file: h5py.File, geometry: Geometry) -> list[h5py.Dataset]:
        """Check names, types and shapes of `energy` and `layer_i`, and return these datasets."""
        path = file.filename
        names = [ENERGY, *_layers(file, geometry)]
        energy, *layers = datasets = [find_dataset(file, name) for name in names]
        if energy.shape[1:] != (1,):
            raise UserError(f"{path}: dataset {ENERGY!r} has shape {energy.shape}, not (N, 1)")
        known = (geometry.shapes, geometry.readout_shapes)
        wanted = [shapes for shapes in known if len(shapes) == len(layers)]
        if tuple(layer.shape[1:] for layer in layers) not in wanted:
            for name, layer, *shapes in zip(names[1:], layers, *wanted, strict=True):
                if layer.shape[1:] not in shapes:
                    needed = " or ".join(str(shape) for shape in dict.fromkeys(shapes))
                    raise UserError(
                        f"{path}: dataset {name!r} has rows of shape {layer.shape[1:]}; geometry "
                        f"{geometry.name!r} needs {needed}; {self.others(file)}"
                    )
            raise UserError(f"{path}: some layers are summed to coarse cells, others are not")
        check_lengths(dict(zip(names, datasets, strict=True)))
        return datasets

    def append_showers(self, file: h5py.File, filters: dict[str, Any], showers: Entries) -> None:
        append_rows(file, filters, ENERGY, "GeV", showers.condition)
        for i, image in enumerate(showers.kind.geometry.images(showers.data)):
            append_rows(file, filters, LAYER.format(i), "MeV", image)


class OpenLayers(OpenShowers):
    """An open file with one dataset for each layer."""

    energy_name, energy_unit = ENERGY, "GeV"

    def energies(self, rows: slice) -> np.ndarray:
        return read(self.datasets[0], np.s_[rows, 0]).astype(np.float64)

    def deposits(self, rows: slice) -> dict[str, np.ndarray]:
        return {LAYER.format(i): read(layer, rows) for i, layer in enumerate(self.datasets[1:])}

    @property
    def summed(self) -> bool:
        shapes = tuple(layer.shape[1:] for layer in self.datasets[1:])
        return self.kind.geometry.sums and shapes == self.kind.geometry.shapes

    def voxels(self, deposits: list[np.ndarray]) -> np.ndarray:
        geometry = self.kind.geometry
        if tuple(layer.shape[1:] for layer in deposits) == geometry.shapes:
            return geometry.flat(deposits)
        return geometry.of_readout(deposits)


def _layers(file: h5py.File, geometry: Geometry) -> list[str]:
    """The datasets of the layers: those of all layers of a readout, if the file has its last one,
    else those of the geometry.
    """
    n_all = len(geometry.readout_shapes)
    whole = LAYER.format(n_all - 1) in names_in(file)
    return [LAYER.format(i) for i in range(n_all if whole else geometry.n_layers)]
