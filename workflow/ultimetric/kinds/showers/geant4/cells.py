"""Assign deposits to the cells of the readout."""

from __future__ import annotations

import numpy as np

from ultimetric.kinds.showers.geometry import Geometry


def cell_numbers(geometry: Geometry, position_mm: np.ndarray) -> np.ndarray:
    """The number of the cell at each position.

    Arguments:
        geometry: The readout, centred on the origin.
        position_mm: Positions (N, 3): both coordinates, such as phi and eta, and depth.

    Returns:
        The cells (N,) in a flat shower; n_voxels + layer for positions beside the readout.
    """
    depth = np.cumsum([0, *geometry.depths_mm]) - sum(geometry.depths_mm) / 2
    # Deposits on the outer faces belong to the layer inside.
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
