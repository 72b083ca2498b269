"""The CaloGAN shower layout in HDF5: checked, streamed, thresholded and rebinned on reading.

Datasets: `energy` (N, 1) GeV; `layer_i` (N, phi, eta) MeV; `overflow` (N, n_layers) MeV is
optional and not used. A file may hold either the geometry's own layers or those of the readout
that the geometry rebins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.data.hdf5 import (
    attribute,
    attributes_of,
    find_dataset,
    names_in,
    open_hdf5,
    read,
    read_dataset,
)
from ultimetric.errors import UserError
from ultimetric.kinds.showers.formats.layout import check_unit, check_values, open_showers
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.showers import BLOCK, Showers, ShowerSet, block_size, threshold
from ultimetric.progress import progress

STORED, STORED_BYTES = 512, 2**20  # most showers, and most bytes of them, in one chunk
COMPRESSED = {"compression": "gzip", "compression_opts": 4, "shuffle": True}


@dataclass(frozen=True)
class ShowerFile(ShowerSet):
    """Showers in a file, or its chosen rows: read block by block, each time they are asked for.

    Each block is checked, thresholded, then rebinned: the threshold acts on the cells as they were
    read, before they are summed. Nothing is kept in memory but incident energies, and voxels if
    `voxels` is asked for.

    Arguments:
        path: the file.
        geometry: the detector.
        rows: sorted; all by default.

    Raises:
        UserError: on reading; the file does not fit, and the message names file, dataset and row.
    """

    path: str | Path
    geometry: Geometry
    rows: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.energy)

    @cached_property
    def energy(self) -> np.ndarray:
        with open_showers(self.path, self.geometry) as (energy, *_):
            n_showers = len(energy)
            if self.rows is not None and len(self.rows) and self.rows[-1] >= n_showers:
                raise UserError(
                    f"{self.path}: row {self.rows[-1]} was asked for, there are {n_showers}"
                )
            everything = read(energy)[:, 0].astype(np.float64)
        return everything if self.rows is None else everything[self.rows]

    @cached_property
    def voxels(self) -> np.ndarray:
        return self.each(lambda block: block.voxels)

    def __getitem__(self, rows: slice | np.ndarray) -> Showers:
        chosen, places = np.unique(np.arange(len(self))[rows], return_inverse=True)
        found = read_showers(
            self.path, self.geometry, chosen if self.rows is None else self.rows[chosen]
        )
        in_order = np.array_equal(places, np.arange(len(chosen)))
        return found if in_order else found[places]

    def blocks(self) -> Iterator[Showers]:
        with open_showers(self.path, self.geometry) as datasets:
            n_showers, step = len(datasets[0]), block_size(self.geometry)
            if self.rows is None:
                for start in range(0, n_showers, step):
                    yield self._read(datasets, start, min(start + step, n_showers))
                return
            cuts = np.searchsorted(self.rows, np.arange(step, n_showers, step))
            chosen = [rows for rows in np.split(self.rows, cuts) if len(rows)]
            for rows in chosen:
                yield self._read(datasets, rows[0], rows[-1] + 1)[rows - rows[0]]
            if not chosen:
                yield self._read(datasets, 0, 0)

    def _read(self, datasets: list[h5py.Dataset], start: int, stop: int) -> Showers:
        geometry = self.geometry
        energy, layers, _ = _checked(self.path, geometry, datasets, start, stop)
        layers = [threshold(layer, geometry.threshold_MeV) for layer in layers]
        if tuple(layer.shape[1:] for layer in layers) == geometry.shapes:
            flat = [layer.reshape(len(layer), prod(layer.shape[1:])) for layer in layers]
        else:
            flat = [geometry.rebin(layers)]
        voxels = np.concatenate(flat, axis=1, dtype=np.float32, casting="same_kind")
        return Showers(geometry, energy, voxels)


def check_showers(path: str | Path, geometry: Geometry) -> int:
    """Check every value of a file, and that its showers as a whole are in MeV; return how many.

    Raises:
        UserError: the file does not fit; the message names file, dataset and row.
    """
    with open_showers(path, geometry) as datasets:
        n_showers, step = len(datasets[0]), block_size(geometry)
        starts = range(0, n_showers, step)
        shown = progress(starts, f"check {Path(path).name}", "block", 0, len(starts), delay=2.0)
        responses = [
            _checked(path, geometry, datasets, start, min(start + step, n_showers))[2]
            for start in shown
        ]
    check_unit(path, np.concatenate(responses))
    return n_showers


def _checked(
    path: str | Path, geometry: Geometry, datasets: list[h5py.Dataset], start: int, stop: int
) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """Incident energies in GeV, layers as they are stored, and responses of some rows."""
    energy = read(datasets[0], np.s_[start:stop, 0]).astype(np.float64)
    layers = [read(dataset, np.s_[start:stop]) for dataset in datasets[1:]]
    return energy, layers, check_values(path, geometry, start, energy, layers)


def read_showers(path: str | Path, geometry: Geometry, rows: np.ndarray | None = None) -> Showers:
    """Read a shower file, or its chosen rows (sorted), into memory.

    Raises:
        UserError: the file does not fit; the message names file, dataset and row.
    """
    file = ShowerFile(path, geometry, rows)
    return Showers(geometry, file.energy, file.voxels)


def is_rebinned(path: str | Path, geometry: Geometry) -> bool:
    """Whether a checked file holds summed cells already, so that no threshold acted on cells."""
    with open_showers(path, geometry) as datasets:
        shapes = tuple(layer.shape[1:] for layer in datasets[1:])
    return shapes != geometry.readout_shapes


def read_energies(path: str | Path) -> np.ndarray:
    """Read the incident energies (N,) in GeV of a checked file."""
    with open_hdf5(path) as file:
        return read_dataset(file, "energy")[:, 0].astype(np.float64)


def write_showers(path: str | Path, showers: ShowerSet, **attributes: Any) -> None:
    """Write showers in their geometry's layout, with attributes that say where they come from."""
    with shower_writer(path, **attributes) as append:
        for block in showers.blocks():
            append(block)


@contextmanager
def shower_writer(
    path: str | Path, compress: bool = False, **attributes: Any
) -> Iterator[Callable[..., None]]:
    """Give a function that appends showers to a new file, for samples larger than memory.

    Arguments:
        path: the file.
        compress: for files to keep and to hand on. Other files are read many times, and gzip is
            an order of magnitude slower than a disk.
        attributes: say where the showers come from.
    """
    with h5py.File(path, "w") as file:
        file.attrs.update(attributes)
        yield partial(_append, file, COMPRESSED if compress else {})


def join_files(paths: list[Path], joined: str | Path) -> None:
    """Join files of showers as they are, block by block, compressed like the first.

    Raises:
        UserError: their attributes differ, so that they were not made in the same way.
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
                    step = rows.chunks[0] * (BLOCK // STORED)
                    for start in range(0, max(1, len(rows)), step):
                        values = read(rows, np.s_[start : start + step])
                        _append_rows(file, filters, name, unit, values)


def _append(
    file: h5py.File,
    filters: dict[str, Any],
    showers: Showers,
    overflow: np.ndarray | None = None,
) -> None:
    """Append showers, and what left the voxels sideways (N, n_layers) in MeV where it is known."""
    file.attrs["geometry"] = showers.geometry.name
    images = showers.geometry.images(showers.voxels)
    _append_rows(file, filters, "energy", "GeV", showers.energy[:, None])
    for i, image in enumerate(images):
        _append_rows(file, filters, f"layer_{i}", "MeV", image)
    if overflow is not None:
        _append_rows(file, filters, "overflow", "MeV", overflow)


def _append_rows(
    file: h5py.File, filters: dict[str, Any], name: str, unit: str, rows: np.ndarray
) -> None:
    if name not in file:
        shape = rows.shape[1:]
        row_bytes = np.dtype(np.float32).itemsize * prod(shape)
        fitting = max(1, STORED_BYTES // row_bytes)
        file.create_dataset(
            name,
            (0, *shape),
            np.float32,
            maxshape=(None, *shape),
            chunks=(min(STORED, 2 ** (fitting.bit_length() - 1)), *shape),
            **filters,
        ).attrs["unit"] = unit
    dataset = file[name]
    start = len(dataset)
    dataset.resize(start + len(rows), axis=0)
    dataset[start:] = rows


def read_attributes(path: str | Path) -> dict[str, Any]:
    """Read the attributes of a shower file."""
    with open_hdf5(path) as file:
        return attributes_of(file)
