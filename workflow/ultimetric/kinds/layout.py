"""Positions of the inputs of a classifier: images on grids, or clouds of points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ultimetric.errors import UserError

SMALLEST = 1e-8


@dataclass(frozen=True)
class Clouds:
    """N clouds of P points.

    Arguments:
        places: The coordinates (N, P, C) in which neighbours are near.
        features: The features (N, P, F) of each point.
        present: Whether there is a point (N, P); coordinates and features of absent points are 0.
        others: The inputs (N, D) of the whole entry.
    """

    places: np.ndarray
    features: np.ndarray
    present: np.ndarray
    others: np.ndarray


def clouds(
    places: np.ndarray, features: np.ndarray, present: np.ndarray, others: np.ndarray
) -> Clouds:
    """Make clouds in which absent points are zero."""
    there = present[..., None]
    return Clouds(np.where(there, places, 0), np.where(there, features, 0), present, others)


def logarithm(x: np.ndarray) -> np.ndarray:
    """log x, finite where x is 0."""
    return np.log(x.clip(min=SMALLEST))


class Layout:
    """The positions of the `n_values` inputs of an entry from `first` on; all others have none.

    Attributes:
        n_values: The number of inputs with a position.
        first: The number of inputs before them.
        shapes: The numbers of cells along two axes of each layer, for images; else empty.
        angular: Whether the first axis of the images is an angle, its last cell beside its first.
    """

    n_values: int
    first: int = 0
    shapes: tuple[tuple[int, int], ...] = ()
    angular: bool = False

    def split(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Inputs (N, D) with a position (N, n_values), and all others."""
        before, values, after = np.split(x, [self.first, self.first + self.n_values], axis=1)
        return values, np.concatenate([before, after], axis=1)

    def clouds(self, x: np.ndarray, most: int) -> Clouds:
        """Inputs (N, D) as clouds, of at most `most` points if the number of points is free.

        Raises:
            UserError: These inputs are not points.
        """
        raise UserError("these inputs are no points; give the classifier `inputs` with some")

    def images(self, values: Any) -> list[Any]:
        """Inputs (N, n_values) with a position as one image (N, rows, columns) per layer.

        They are an array of numpy or a tensor of torch, and so are the images.
        """
        ends = np.cumsum([rows * columns for rows, columns in self.shapes])
        return [
            values[:, end - rows * columns : end].reshape(-1, rows, columns)
            for end, (rows, columns) in zip(ends, self.shapes, strict=True)
        ]
