"""Put layers of different shapes on one grid, so that a convolution can run through all."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ultimetric.kinds.layout import Layout


def grid_of(layout: Layout) -> tuple[int, int, int]:
    """The number of layers, and the largest numbers of cells along both axes that a layer has."""
    first, second = (max(cells) for cells in zip(*layout.shapes, strict=True))
    return len(layout.shapes), first, second


def on_grid(layout: Layout, values: Tensor) -> Tensor:
    """Values of voxels (N, n_values) on the grid (N, layers, first axis, second axis), float32.

    A cell has the mean of the voxels that it overlaps, weighted by the areas of overlap. Where a
    layer is as fine as the grid, or cells divide its voxels, this is the value of the voxel. No
    information is lost: there are never fewer cells than voxels, which can be computed from them.
    """
    layers, *cells = grid_of(layout)
    grid = values.new_empty(len(values), layers, *cells, dtype=torch.float32)
    for layer, image in enumerate(layout.images(values)):
        sizes = zip(image.shape[1:], cells, strict=True)
        first, second = (torch.as_tensor(overlaps(*both)).to(grid) for both in sizes)
        grid[:, layer] = first @ (image.float() @ second.T)
    return grid


def overlaps(parts: int, cells: int) -> np.ndarray:
    """The share of the width of each cell inside each part (cells, parts) of the same length."""
    edges, ends = parts * np.arange(cells + 1), cells * np.arange(parts + 1)
    upper = np.minimum(edges[1:, None], ends[None, 1:])
    lower = np.maximum(edges[:-1, None], ends[None, :-1])
    return (upper - lower).clip(min=0) / parts
