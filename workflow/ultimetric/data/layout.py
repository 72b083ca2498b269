"""What a shower file must hold; a file that does not is refused by dataset and row."""

from __future__ import annotations

from math import prod
from pathlib import Path

import h5py
import numpy as np

from ultimetric.data.geometry import GEV, Geometry
from ultimetric.errors import UserError

# Chunks of all datasets kept decompressed: blocks end within chunks of other people's files.
CHUNKS_KEPT = 2**26
# Incident energies may leave the geometry's range by rounding, no further.
ENERGY_TOLERANCE = 1e-3
# Deposits beyond these, relative to the incident energy, mean other units than MeV and GeV.
LARGEST_RESPONSE = 10.0
SMALLEST_MEDIAN_RESPONSE = 0.01
ENOUGH_FOR_A_MEDIAN = 50


def open_showers(path: str | Path, n_datasets: int = 1) -> h5py.File:
    """Open a shower file of which `n_datasets` are streamed together.

    Raises:
        UserError: there is no such file, or it is not HDF5.
    """
    try:
        return h5py.File(path, "r", rdcc_nbytes=CHUNKS_KEPT // n_datasets)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except OSError:
        raise UserError(f"{path}: not a readable HDF5 file") from None


def check_layout(path: str | Path, file: h5py.File, geometry: Geometry) -> int:
    """Check names, types and shapes of the datasets, and return the number of showers."""
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


def check_values(
    path: str | Path,
    geometry: Geometry,
    start: int,
    energy: np.ndarray,
    layers: list[np.ndarray],
) -> None:
    """Check a block of values.

    Arguments:
        path: of the file, for errors.
        geometry: of the file.
        start: row of the first shower.
        energy: incident energies (N,) in GeV.
        layers: deposits (N, phi, eta) in MeV of each layer.
    """

    def refuse(bad: np.ndarray, name: str, what: str) -> None:
        if bad.any():
            raise UserError(f"{path}: dataset {name!r}, row {start + int(bad.argmax())}: {what}")

    low, high = geometry.energy_range_GeV
    refuse(~np.isfinite(energy), "energy", "not finite")
    outside = (energy < low * (1 - ENERGY_TOLERANCE)) | (energy > high * (1 + ENERGY_TOLERANCE))
    refuse(outside, "energy", f"outside {low} to {high} GeV (is the unit GeV?)")
    total = np.zeros(len(energy))
    for i, layer in enumerate(layers):
        flat = layer.reshape(len(layer), prod(layer.shape[1:]))
        sums = flat.sum(1, dtype=np.float64)
        # A sum shows what is not finite; rows are looked for only where something is wrong.
        if not np.isfinite(sums).all() or flat.min(initial=0) < 0:
            refuse(~np.isfinite(flat).all(1), f"layer_{i}", "not finite")
            refuse((flat < 0).any(1), f"layer_{i}", "a negative deposit")
        total += sums
    unphysical = total > LARGEST_RESPONSE * GEV * energy
    refuse(unphysical, "layer_0", "the layers hold far more than 'energy' (is the unit MeV?)")
    response = total / (GEV * energy)
    if len(response) >= ENOUGH_FOR_A_MEDIAN and np.median(response) < SMALLEST_MEDIAN_RESPONSE:
        refuse(
            response < SMALLEST_MEDIAN_RESPONSE,
            "layer_0",
            "the layers hold far less than 'energy' (is the unit MeV?)",
        )
