"""Which cell of the readout a deposit belongs to."""

from __future__ import annotations

import numpy as np

from ultimetric.kinds.showers.geometry import Geometry


def cell_numbers(geometry: Geometry, position_mm: np.ndarray) -> np.ndarray:
    """Number the cell at each position.

    Arguments:
        geometry: readout, centred on the origin.
        position_mm: (N, 3) along both coordinates, such as phi and eta, and depth.

    Returns:
        cell (N,) in a flat shower; n_voxels + layer where it leaves the readout sideways.
    """
    depth = np.cumsum([0, *geometry.depths_mm]) - sum(geometry.depths_mm) / 2
    # What Geant4 books on the outer faces belongs to the layer inside.
    layer = np.searchsorted(depth[1:-1], position_mm[:, 2], side="right")
    cells = np.empty(len(layer), np.int64)
    for i, grid in enumerate(geometry.grids):
        here = layer == i
        number = grid.numbers(*position_mm[here, :2].T)
        first = geometry.slices[i].start
        cells[here] = np.where(number >= 0, first + number, geometry.n_voxels + i)
    return cells


def add_deposits(
    geometry: Geometry, total: np.ndarray, position_mm: np.ndarray, deposit_MeV: np.ndarray
) -> None:
    """Add deposits (N,) at positions (N, 3) to a shower of n_voxels + n_layers cells, in MeV."""
    cells = cell_numbers(geometry, position_mm)
    total += np.bincount(cells, deposit_MeV, minlength=len(total))
