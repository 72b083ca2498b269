"""Some layers and cells of a calorimeter, such as the core of its showers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Shapes = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Crop:
    """The cells that a geometry keeps of another one, whose layers have equal square shapes.

    Deposits in the other cells are left out, never moved.

    Arguments:
        shapes: The shapes of all layers of the other geometry.
        layers: The places of the first and of the last layer that are kept.
        cells: The first and the last cell that are kept along both axes.
    """

    shapes: Shapes
    layers: tuple[int, int]
    cells: tuple[int, int]

    @classmethod
    def of(cls, shapes: Shapes, config: dict[str, Any]) -> Crop:
        """The crop of the content of a geometry file."""
        (top, bottom), (first, last) = config["layers"], config["cells"]
        return cls(shapes, (top, bottom), (first, last))

    @property
    def kept_shapes(self) -> Shapes:
        """The shapes of the layers that are kept."""
        (top, bottom), (first, last) = self.layers, self.cells
        side = last - first + 1
        return ((side, side),) * (bottom - top + 1)

    @property
    def share(self) -> float:
        """The width of the cells that are kept over that of all."""
        return self.kept_shapes[0][0] / self.shapes[0][0]

    def middle_mm(self, extent_mm: float) -> float:
        """The coordinate of the middle of the cells that are kept, of cells up to an extent."""
        (first, last), number = self.cells, self.shapes[0][0]
        return extent_mm * (first + last + 1 - number) / number

    def kept(self, images: list[np.ndarray]) -> list[np.ndarray]:
        """The cells (N, side, side) that are kept of images (N, first axis, second axis) of all
        layers.
        """
        (top, bottom), (first, last) = self.layers, self.cells
        cells = slice(first, last + 1)
        return [image[:, cells, cells] for image in images[top : bottom + 1]]
