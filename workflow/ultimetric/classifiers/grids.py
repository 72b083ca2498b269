"""Layers of different shapes on one grid, so that a convolution can run through all of them."""

from __future__ import annotations

import numpy as np

from ultimetric.kinds.showers.geometry import Geometry


def grid_of(geometry: Geometry) -> tuple[int, int, int]:
    """Layers and cells in phi and eta of the finest grid that any layer has."""
    phi, eta = (max(cells) for cells in zip(*geometry.shapes, strict=True))
    return geometry.n_layers, phi, eta


def on_grid(geometry: Geometry, values: np.ndarray) -> np.ndarray:
    """Values of voxels (N, n_voxels) on the grid (N, layers, phi, eta).

    A cell has the mean of the voxels that it overlaps, weighted with its areas inside them. Where
    a layer is as fine as the grid, or finer cells divide its voxels, that is the voxel's value.
    No information is lost: from the cells, which are never fewer, the voxels can be solved for.
    """
    layers, *cells = grid_of(geometry)
    grid = np.empty((len(values), layers, *cells), dtype=np.float32)
    for layer, image in enumerate(geometry.images(values)):
        phi, eta = (overlaps(*both) for both in zip(image.shape[1:], cells, strict=True))
        grid[:, layer] = np.einsum("ap,npe,be->nab", phi, image, eta, optimize=True)
    return grid


def overlaps(voxels: int, cells: int) -> np.ndarray:
    """Share of each cell's width inside each voxel (cells, voxels); both divide one length."""
    edges, ends = voxels * np.arange(cells + 1), cells * np.arange(voxels + 1)
    upper = np.minimum(edges[1:, None], ends[None, 1:])
    lower = np.maximum(edges[:-1, None], ends[None, :-1])
    return (upper - lower).clip(min=0) / voxels
