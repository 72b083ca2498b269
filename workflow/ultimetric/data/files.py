"""The CaloGAN shower layout in HDF5: checked, streamed, thresholded and rebinned on reading.

Datasets: `energy` (N, 1) GeV; `layer_i` (N, phi, eta) MeV; `overflow` (N, n_layers) MeV is
optional and not used. A file may hold either the geometry's own layers or those of the readout
that the geometry rebins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.data.geometry import GEV, Geometry
from ultimetric.data.showers import Showers, concatenate, threshold
from ultimetric.errors import UserError

CHUNK = 4096  # showers read at once
STORED = 512  # showers compressed together
# Incident energies may leave the geometry's range by rounding, no further.
ENERGY_TOLERANCE = 1e-3
# Deposits beyond these, relative to the incident energy, mean other units than MeV and GeV.
LARGEST_RESPONSE = 10.0
SMALLEST_MEDIAN_RESPONSE = 0.01
ENOUGH_FOR_A_MEDIAN = 50


def read_showers(path: str | Path, geometry: Geometry, rows: np.ndarray | None = None) -> Showers:
    """Read a shower file, or its chosen rows (sorted), into memory.

    Raises:
        UserError: the file does not fit; the message names file, dataset and row.
    """
    parts = [] if rows is None else [_empty(geometry)]
    start = 0
    for showers in stream_showers(path, geometry):
        stop = start + len(showers)
        if rows is None:
            parts.append(showers)
        else:
            low, high = np.searchsorted(rows, (start, stop))
            parts.append(showers[rows[low:high] - start])
        start = stop
    if rows is not None and len(rows) and rows[-1] >= start:
        raise UserError(f"{path}: row {rows[-1]} was asked for, there are {start}")
    return concatenate(parts)


def is_rebinned(path: str | Path, geometry: Geometry) -> bool:
    """Whether a checked file holds summed cells already, so that no threshold acted on cells."""
    with _open(path) as file:
        shapes = tuple(file[f"layer_{i}"].shape[1:] for i in range(geometry.n_layers))
    return shapes != geometry.readout_shapes


def read_energies(path: str | Path) -> np.ndarray:
    """Read the incident energies (N,) in GeV of a checked file."""
    with h5py.File(path, "r") as file:
        return file["energy"][:, 0].astype(np.float64)


def stream_showers(path: str | Path, geometry: Geometry) -> Iterator[Showers]:
    """Yield blocks of showers, each checked, thresholded, then rebinned.

    The threshold acts on the cells as they were read, before they are summed.
    """
    with _open(path) as file:
        n_showers = _check_layout(path, file, geometry)
        for start in range(0, n_showers, CHUNK):
            rows = slice(start, start + CHUNK)
            energy = file["energy"][rows, 0].astype(np.float64)
            layers = [file[f"layer_{i}"][rows] for i in range(geometry.n_layers)]
            _check_values(path, geometry, start, energy, layers)
            layers = [threshold(layer, geometry.threshold_MeV) for layer in layers]
            if tuple(layer.shape[1:] for layer in layers) == geometry.shapes:
                voxels = np.concatenate([x.reshape(len(x), -1) for x in layers], axis=1)
            else:
                voxels = geometry.rebin(layers)
            yield Showers(geometry, energy, voxels.astype(np.float32))


def write_showers(path: str | Path, showers: Showers, **attributes: Any) -> None:
    """Write showers in their geometry's layout, with attributes that say where they come from."""
    with shower_writer(path, **attributes) as append:
        append(showers)


@contextmanager
def shower_writer(path: str | Path, **attributes: Any) -> Iterator[Callable[..., None]]:
    """Give a function that appends showers to a new file, for samples larger than memory."""
    with h5py.File(path, "w") as file:
        file.attrs.update(attributes)
        yield partial(_append, file)


def join_files(paths: list[Path], joined: str | Path) -> None:
    """Join files of showers as they are, block by block.

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
            with _open(path) as part:
                for start in range(0, len(part["energy"]), CHUNK):
                    for name, rows in part.items():
                        unit = rows.attrs["unit"]
                        _append_rows(file, name, unit, rows[start : start + CHUNK])


def _append(file: h5py.File, showers: Showers, overflow: np.ndarray | None = None) -> None:
    """Append showers, and what left the voxels sideways (N, n_layers) in MeV where it is known."""
    file.attrs["geometry"] = showers.geometry.name
    images = showers.geometry.images(showers.voxels)
    _append_rows(file, "energy", "GeV", showers.energy[:, None])
    for i, image in enumerate(images):
        _append_rows(file, f"layer_{i}", "MeV", image)
    if overflow is not None:
        _append_rows(file, "overflow", "MeV", overflow)


def _append_rows(file: h5py.File, name: str, unit: str, rows: np.ndarray) -> None:
    if name not in file:
        shape = rows.shape[1:]
        options = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
        file.create_dataset(
            name,
            (0, *shape),
            np.float32,
            maxshape=(None, *shape),
            chunks=(STORED, *shape),
            **options,
        ).attrs["unit"] = unit
    dataset = file[name]
    dataset.resize(len(dataset) + len(rows), axis=0)
    dataset[-len(rows) :] = rows


def read_attributes(path: str | Path) -> dict[str, Any]:
    """Read the attributes of a shower file."""
    with _open(path) as file:
        return {k: v.item() if isinstance(v, np.generic) else v for k, v in file.attrs.items()}


def _empty(geometry: Geometry) -> Showers:
    return Showers(geometry, np.empty(0), np.empty((0, geometry.n_voxels), np.float32))


def _open(path: str | Path) -> h5py.File:
    try:
        return h5py.File(path, "r")
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except OSError:
        raise UserError(f"{path}: not a readable HDF5 file") from None


def _check_layout(path: str | Path, file: h5py.File, geometry: Geometry) -> int:
    names = ["energy", *(f"layer_{i}" for i in range(geometry.n_layers))]
    for name in names:
        if not isinstance(file.get(name), h5py.Dataset):
            raise UserError(f"{path}: dataset {name!r} is missing (it has {', '.join(file)})")
        if not np.issubdtype(file[name].dtype, np.number):
            raise UserError(f"{path}: dataset {name!r} holds {file[name].dtype}, not numbers")
    n_showers = file["energy"].size
    if file["energy"].shape != (n_showers, 1):
        raise UserError(f"{path}: dataset 'energy' has shape {file['energy'].shape}, not (N, 1)")
    found = tuple(file[name].shape[1:] for name in names[1:])
    if found not in (geometry.shapes, geometry.readout_shapes):
        expected = " or ".join(str(x) for x in {geometry.shapes, geometry.readout_shapes})
        raise UserError(
            f"{path}: layers have shapes {found}; geometry {geometry.name!r} needs {expected}"
        )
    for name in names[1:]:
        if len(file[name]) != n_showers:
            raise UserError(
                f"{path}: dataset {name!r} has {len(file[name])} rows, 'energy' has {n_showers}"
            )
    if n_showers == 0:
        raise UserError(f"{path}: dataset 'energy' has no rows")
    return n_showers


def _check_values(
    path: str | Path,
    geometry: Geometry,
    start: int,
    energy: np.ndarray,
    layers: list[np.ndarray],
) -> None:
    def refuse(bad: np.ndarray, name: str, what: str) -> None:
        if bad.any():
            raise UserError(f"{path}: dataset {name!r}, row {start + int(bad.argmax())}: {what}")

    low, high = geometry.energy_range_GeV
    refuse(~np.isfinite(energy), "energy", "not finite")
    outside = (energy < low * (1 - ENERGY_TOLERANCE)) | (energy > high * (1 + ENERGY_TOLERANCE))
    refuse(outside, "energy", f"outside {low} to {high} GeV (is the unit GeV?)")
    total = np.zeros(len(energy))
    for i, layer in enumerate(layers):
        flat = layer.reshape(len(layer), -1)
        refuse(~np.isfinite(flat).all(1), f"layer_{i}", "not finite")
        refuse((flat < 0).any(1), f"layer_{i}", "a negative deposit")
        total += flat.sum(1, dtype=np.float64)
    unphysical = total > LARGEST_RESPONSE * GEV * energy
    refuse(unphysical, "layer_0", "the layers hold far more than 'energy' (is the unit MeV?)")
    response = total / (GEV * energy)
    if len(response) >= ENOUGH_FOR_A_MEDIAN and np.median(response) < SMALLEST_MEDIAN_RESPONSE:
        refuse(
            response < SMALLEST_MEDIAN_RESPONSE,
            "layer_0",
            "the layers hold far less than 'energy' (is the unit MeV?)",
        )
