"""HDF5 files in the CaloGAN layout, which are checked, thresholded and rebinned when read.

Datasets: `energy` (N, 1) GeV; `layer_i` (N, phi, eta) MeV; `overflow` (N, n_layers) MeV is
optional and not used. A file has either the layers of the geometry or those of the readout that
the geometry rebins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.data.hdf5 import read
from ultimetric.data.rows import COMPRESSED, append_rows
from ultimetric.events import Entries, block_size
from ultimetric.kinds.formats import Format, OpenFile
from ultimetric.kinds.showers.formats.layout import check_unit, check_values, open_showers
from ultimetric.progress import progress


class CaloGAN(Format):
    """The format of the CaloGAN files: the threshold is applied to the cells of the file, before
    they are summed.
    """

    @contextmanager
    def opened(self, path: str | Path, kind: Any) -> Iterator[OpenShowers]:
        with open_showers(path, kind.geometry) as datasets:
            yield OpenShowers(path, kind, datasets)

    def check(self, path: str | Path, kind: Any) -> int:
        """Check every value of a file, and that its showers as a whole are in MeV."""
        with self.opened(path, kind) as file:
            n_showers, step = len(file), block_size(kind)
            starts = range(0, n_showers, step)
            shown = progress(
                starts, f"check {Path(path).name}", "block", 0, len(starts), delay=2.0
            )
            responses = [file.checked(start, min(start + step, n_showers))[2] for start in shown]
        check_unit(path, np.concatenate(responses))
        return n_showers

    def notes(self, path: str | Path, kind: Any) -> list[str]:
        with open_showers(path, kind.geometry) as datasets:
            shapes = tuple(layer.shape[1:] for layer in datasets[1:])
        summed = shapes != kind.geometry.readout_shapes
        return ["already summed to coarse cells: the threshold acted on sums"] if summed else []

    @contextmanager
    def writer(
        self, path: str | Path, kind: Any, compress: bool = False, **attributes: Any
    ) -> Iterator[Callable[..., None]]:
        with h5py.File(path, "w") as file:
            file.attrs.update(attributes)
            yield partial(_append, file, COMPRESSED if compress else {})


class OpenShowers(OpenFile):
    """An open file of showers.

    Arguments:
        path: The file, for messages.
        kind: The kind of the showers.
        datasets: The datasets `energy` and `layer_i`.
    """

    def __init__(self, path: str | Path, kind: Any, datasets: list[h5py.Dataset]) -> None:
        self.path, self.kind, self.datasets = path, kind, datasets

    def __len__(self) -> int:
        return len(self.datasets[0])

    def condition(self) -> np.ndarray:
        return read(self.datasets[0]).astype(np.float64)

    def read(self, start: int, stop: int) -> Entries:
        geometry = self.kind.geometry
        energy, layers, _ = self.checked(start, stop)
        layers = [self.kind.readout(layer) for layer in layers]
        if tuple(layer.shape[1:] for layer in layers) == geometry.shapes:
            flat = [layer.reshape(len(layer), prod(layer.shape[1:])) for layer in layers]
        else:
            flat = [geometry.rebin(layers)]
        voxels = np.concatenate(flat, axis=1, dtype=np.float32, casting="same_kind")
        return self.kind.entries(energy[:, None], voxels)

    def checked(self, start: int, stop: int) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
        """Incident energies in GeV, layers as they are stored, and E_tot/E_inc of some rows."""
        energy = read(self.datasets[0], np.s_[start:stop, 0]).astype(np.float64)
        layers = [read(dataset, np.s_[start:stop]) for dataset in self.datasets[1:]]
        responses = check_values(self.path, self.kind.geometry, start, energy, layers)
        return energy, layers, responses


def _append(
    file: h5py.File,
    filters: dict[str, Any],
    showers: Entries,
    overflow: np.ndarray | None = None,
) -> None:
    """Append showers, and the sideways leakage (N, n_layers) in MeV if it is known."""
    geometry = showers.kind.geometry
    file.attrs["geometry"] = geometry.name
    append_rows(file, filters, "energy", "GeV", showers.condition)
    for i, image in enumerate(geometry.images(showers.data)):
        append_rows(file, filters, f"layer_{i}", "MeV", image)
    if overflow is not None:
        append_rows(file, filters, "overflow", "MeV", overflow)
