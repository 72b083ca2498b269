"""Which cell of the readout a deposit belongs to."""

from __future__ import annotations

from math import prod

import numpy as np

from ultimetric.kinds.showers.geometry import Geometry


def cell_numbers(geometry: Geometry, position_mm: np.ndarray) -> np.ndarray:
    """Number the cell at each position.

    Arguments:
        geometry: readout, centred on the origin.
        position_mm: (N, 3) along phi, eta and depth.

    Returns:
        cell (N,) in a flat shower; n_voxels + layer where phi or eta leave the readout.
    """
    depth = np.cumsum([0, *geometry.depths_mm]) - sum(geometry.depths_mm) / 2
    # What Geant4 books on the outer faces belongs to the layer inside.
    layer = np.searchsorted(depth[1:-1], position_mm[:, 2], side="right")
    counts = np.array(geometry.shapes)[layer]
    lateral = position_mm[:, :2] / (2 * geometry.extent_mm) + 0.5
    index = np.floor(lateral * counts).astype(np.int64)
    inside = ((index >= 0) & (index < counts)).all(1)
    first = np.cumsum([0, *(prod(shape) for shape in geometry.shapes)])[layer]
    cell = first + index[:, 0] * counts[:, 1] + index[:, 1]
    return np.where(inside, cell, geometry.n_voxels + layer)


def add_deposits(
    geometry: Geometry, total: np.ndarray, position_mm: np.ndarray, deposit_MeV: np.ndarray
) -> None:
    """Add deposits (N,) at positions (N, 3) to a shower of n_voxels + n_layers cells, in MeV."""
    cells = cell_numbers(geometry, position_mm)
    total += np.bincount(cells, deposit_MeV, minlength=len(total))
