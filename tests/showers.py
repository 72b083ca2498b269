"""Showers in a geometry: made of arrays, read and written."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ultimetric.events import EventFile, Events, read_events, write_events
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers


def showers_of(geometry: Geometry, energy: np.ndarray, voxels: np.ndarray) -> Showers:
    """Showers of incident energies (N,) in GeV and deposits (N, n_voxels) in MeV."""
    return Showers(ShowerKind.of(geometry), energy, voxels)


def shower_file(path: str | Path, geometry: Geometry, rows: np.ndarray | None = None) -> EventFile:
    """The showers of a file, or of its chosen rows, read block by block."""
    return EventFile(path, ShowerKind.of(geometry), rows)


def read_showers(path: str | Path, geometry: Geometry, rows: np.ndarray | None = None) -> Showers:
    """The showers of a file, or of its chosen rows, in memory."""
    return read_events(path, ShowerKind.of(geometry), rows)


def write_showers(path: str | Path, showers: Events, **attributes: str) -> None:
    """Write showers in the layout of CaloGAN."""
    write_events(path, showers, **attributes)


def check_showers(path: str | Path, geometry: Geometry) -> int:
    """Check every value of a file and give its number of showers."""
    kind = ShowerKind.of(geometry)
    return kind.format_of(path).check(path, kind)
