"""Jets in JetNet's format: HDF5 with the hardest constituents of each jet.

Datasets: `particle_features` (N, 30, 4): eta and phi relative to the jet, pT over that of the jet,
and 1 where there is a particle, which come by falling pT; `jet_features` (N, 4): pT in GeV, eta,
mass in GeV, and the number of all constituents; `event_index` (N,): jets of one event share a
number. The attribute `stats` says in JSON how they were made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.data.hdf5 import (
    attributes_of,
    find_dataset,
    names_in,
    open_hdf5,
    read,
    read_dataset,
)
from ultimetric.errors import UserError

PARTICLES = 30
ETA, PHI, PT, MASK = range(4)


@dataclass(frozen=True)
class Jets:
    """Jets, as their file holds them.

    Arguments:
        particles: etarel, phirel, ptrel and mask (N, 30, 4), float32; 0 where there is none.
        features: pT (GeV), eta, mass (GeV), number of constituents (N, 4), float32.
        event: number of the event (N,).
        stats: how they were made.
    """

    particles: np.ndarray
    features: np.ndarray
    event: np.ndarray
    stats: dict[str, Any]


def write_jets(path: str | Path, jets: Jets) -> None:
    """Write a file."""
    with h5py.File(path, "w") as file:
        for name, data in (
            ("particle_features", jets.particles),
            ("jet_features", jets.features),
            ("event_index", jets.event),
        ):
            file.create_dataset(name, data=data, compression="gzip")
        file.attrs["stats"] = json.dumps(jets.stats, sort_keys=True)


def read_jets(path: str | Path) -> Jets:
    """Read a file.

    Raises:
        UserError: it is not in this format.
    """
    with open_hdf5(path) as file:
        shapes = {"particle_features": (PARTICLES, 4), "jet_features": (4,)}
        found = {name: find_dataset(file, name) for name in shapes}
        for name, shape in shapes.items():
            if found[name].shape[1:] != shape:
                raise UserError(f"{path}: dataset {name!r} does not have the shape (N, {shape})")
        particles, features = (read(dataset) for dataset in found.values())
        jets = len(particles)
        event = (
            read_dataset(file, "event_index")
            if "event_index" in names_in(file)
            else np.arange(jets)
        )
        if not jets == len(features) == len(event):
            raise UserError(f"{path}: its datasets have different numbers of jets")
        try:
            stats = json.loads(attributes_of(file).get("stats", "{}"))
        except ValueError:
            raise UserError(f"{path}: the attribute 'stats' is not JSON") from None
        return Jets(particles, features, event, stats)


def join_jets(paths: list[Path], path: str | Path) -> None:
    """Join files; what they say of how they were made stands side by side."""
    parts = [read_jets(part) for part in paths]
    joined = Jets(
        np.concatenate([part.particles for part in parts]),
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.event for part in parts]),
        {"shards": [part.stats for part in parts]},
    )
    write_jets(path, joined)


def relative_mass(particles: np.ndarray) -> np.ndarray:
    """Mass of the kept particles, taken as massless, over the pT of the jet (N,).

    Arguments:
        particles: as in `Jets` (N, 30, 4).
    """
    eta, phi, pt = np.moveaxis(particles[..., :MASK].astype(np.float64), -1, 0)
    energy = (pt * np.cosh(eta)).sum(1)
    along = (pt * np.sinh(eta)).sum(1)
    x, y = (pt * np.cos(phi)).sum(1), (pt * np.sin(phi)).sum(1)
    return np.sqrt(np.maximum(energy**2 - along**2 - x**2 - y**2, 0))


def high_level(particles: np.ndarray) -> np.ndarray:
    """Numbers that describe the kept particles of a jet (N, 7), float32.

    Relative mass, sum of ptrel, number of particles, ptrel of the hardest one, width (mean dR,
    weighted with ptrel), dispersion sqrt(sum ptrel^2) / sum ptrel, and the root mean square of dR,
    weighted with ptrel.
    """
    eta, phi, pt, mask = np.moveaxis(particles.astype(np.float64), -1, 0)
    distance, total = np.hypot(eta, phi), pt.sum(1)
    columns = (
        relative_mass(particles),
        total,
        mask.sum(1),
        pt.max(1),
        (pt * distance).sum(1) / total,
        np.sqrt((pt**2).sum(1)) / total,
        np.sqrt((pt * distance**2).sum(1) / total),
    )
    return np.stack(columns, axis=1).astype(np.float32)
