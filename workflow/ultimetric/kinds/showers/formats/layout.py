"""Check files of showers; messages name the dataset and the row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil, prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.data.hdf5 import find_dataset, open_hdf5
from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import GEV, Geometry

# Bytes of decompressed chunks that are kept: blocks may end within chunks of a file.
CHUNKS_KEPT = 2**26
# Bytes that the chunks of one shower may take, as each is decompressed as a whole.
LARGEST_CHUNKS = 2**30
# Incident energies may leave the geometry's range by rounding, no further.
ENERGY_TOLERANCE = 1e-3
LARGEST_DEPOSIT = float(np.finfo(np.float32).max)
# Median deposits beyond these, relative to the incident energy, mean other units than MeV and GeV.
LARGEST_RESPONSE = 10.0
SMALLEST_RESPONSE = 0.01


@contextmanager
def open_showers(path: str | Path, geometry: Geometry) -> Iterator[list[h5py.Dataset]]:
    """Yield the datasets `energy` and `layer_i` of a file of showers, open for reading.

    Raises:
        UserError: It is not a file of showers of this geometry, or its chunks are too large.
    """
    kept = CHUNKS_KEPT // (1 + geometry.n_layers)
    with open_hdf5(path, kept) as file:
        datasets = check_layout(file, geometry)
        needed = [_chunks_of_a_shower(dataset) for dataset in datasets]
        if max(needed) <= kept:
            yield datasets
            return
    if sum(needed) > LARGEST_CHUNKS:
        raise UserError(
            f"{path}: reading one shower decompresses {sum(needed) / 2**30:.1f} GiB; store it in "
            "smaller chunks (h5repack -l CHUNK=...)"
        )
    with open_hdf5(path, max(needed)) as file:
        yield check_layout(file, geometry)


def check_layout(file: h5py.File, geometry: Geometry) -> list[h5py.Dataset]:
    """Check names, types and shapes of the datasets `energy` and `layer_i`, and return them."""
    path = file.filename
    names = ["energy", *(f"layer_{i}" for i in range(geometry.n_layers))]
    energy, *layers = datasets = [find_dataset(file, name) for name in names]
    if energy.shape[1:] != (1,):
        raise UserError(f"{path}: dataset 'energy' has shape {energy.shape}, not (N, 1)")
    wanted = [geometry.shapes, geometry.readout_shapes]
    if tuple(layer.shape[1:] for layer in layers) not in wanted:
        for name, layer, *shapes in zip(names[1:], layers, *wanted, strict=True):
            if layer.shape[1:] not in shapes:
                needed = " or ".join(str(shape) for shape in dict.fromkeys(shapes))
                raise UserError(
                    f"{path}: dataset {name!r} has rows of shape {layer.shape[1:]}; geometry "
                    f"{geometry.name!r} needs {needed}"
                )
        raise UserError(f"{path}: some layers are summed to coarse cells, others are not")
    for name, layer in zip(names[1:], layers, strict=True):
        if len(layer) != len(energy):
            raise UserError(
                f"{path}: dataset {name!r} has {len(layer)} rows, 'energy' has {len(energy)}"
            )
    if not len(energy):
        raise UserError(f"{path}: dataset 'energy' has no rows")
    return datasets


def check_values(
    path: str | Path,
    geometry: Geometry,
    start: int,
    energy: np.ndarray,
    layers: list[np.ndarray],
) -> np.ndarray:
    """Check a block of values and return the deposits over the incident energies (N,).

    Arguments:
        path: The path of the file, for messages.
        geometry: The geometry of the file.
        start: The row of the first shower.
        energy: The incident energies (N,) in GeV.
        layers: The deposits (N, phi, eta) in MeV of each layer.

    Raises:
        UserError: A value is not possible; the message names dataset and row.
    """

    def refuse(bad: Any, name: str, what: str) -> None:
        if bad.any():
            raise UserError(f"{path}: dataset {name!r}, row {start + int(bad.argmax())}: {what}")

    low, high = geometry.energy_range_GeV
    refuse(~np.isfinite(energy), "energy", "not finite")
    outside = (energy < low * (1 - ENERGY_TOLERANCE)) | (energy > high * (1 + ENERGY_TOLERANCE))
    refuse(outside, "energy", f"outside {low} to {high} GeV (is the unit GeV?)")
    total = np.zeros(len(energy))
    for i, layer in enumerate(layers):
        flat = layer.reshape(len(layer), prod(layer.shape[1:]))
        with np.errstate(over="ignore"):
            sums = flat.sum(1, dtype=np.float64)
        # A sum shows what is not finite or too large; rows are looked for only where it does.
        if not (sums <= LARGEST_DEPOSIT).all() or flat.min(initial=0) < 0:
            refuse(~np.isfinite(flat).all(1), f"layer_{i}", "not finite")
            refuse((flat < 0).any(1), f"layer_{i}", "a negative deposit")
            refuse(sums > LARGEST_DEPOSIT, f"layer_{i}", "deposits too large for 32 bits")
        total += sums
    return total / (GEV * energy)


def check_unit(path: str | Path, responses: np.ndarray) -> None:
    """Refuse showers in a wrong unit, by their median; single showers may hold anything.

    Arguments:
        path: The path of the file, for messages.
        responses: Deposits over incident energies of all showers (N,); empty ones do not count.

    Raises:
        UserError: The unit cannot be MeV.
    """
    filled = responses[responses > 0]
    median = np.median(filled) if len(filled) else 1.0
    if not SMALLEST_RESPONSE <= median <= LARGEST_RESPONSE:
        raise UserError(
            f"{path}: the layers hold {median:.2g} times 'energy' in the median shower (is the "
            "unit MeV, and that of 'energy' GeV?)"
        )


def _chunks_of_a_shower(dataset: h5py.Dataset) -> int:
    """The decompressed bytes of the chunks that contain one shower; 0 without chunks."""
    if not dataset.chunks:
        return 0
    pairs = zip(dataset.shape[1:], dataset.chunks[1:], strict=True)
    side_by_side = prod(ceil(n / chunk) for n, chunk in pairs)
    return side_by_side * prod(dataset.chunks) * dataset.dtype.itemsize
