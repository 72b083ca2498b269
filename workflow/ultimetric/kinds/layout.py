"""How the inputs of a classifier lie in space: on grids, or as clouds of points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultimetric.errors import UserError

SMALLEST = 1e-8


@dataclass(frozen=True)
class Clouds:
    """N clouds of P points.

    Arguments:
        places: Where near is (N, P, C).
        features: The features of each point (N, P, F).
        present: Whether there is a point (N, P); places and features of absent ones are zero.
        others: The inputs of the whole entry (N, D).
    """

    places: np.ndarray
    features: np.ndarray
    present: np.ndarray
    others: np.ndarray


def clouds(
    places: np.ndarray, features: np.ndarray, present: np.ndarray, others: np.ndarray
) -> Clouds:
    """Clouds in which absent points are zero."""
    there = present[..., None]
    return Clouds(np.where(there, places, 0), np.where(there, features, 0), present, others)


def logarithm(x: np.ndarray) -> np.ndarray:
    """log x, finite where x is 0."""
    return np.log(x.clip(min=SMALLEST))


class Layout:
    """Where the first `n_values` inputs of an entry lie; those behind them have no place.

    Attributes:
        n_values: How many of the inputs have a place.
        shapes: Cells along two axes of each layer, for inputs that are images; else empty.
        angular: Whether the first axis of the images is an angle, its last cell beside its first.
    """

    n_values: int
    shapes: tuple[tuple[int, int], ...] = ()
    angular: bool = False

    def clouds(self, x: np.ndarray, most: int) -> Clouds:
        """Inputs (N, D) as clouds, of at most `most` points where any number can be taken.

        Raises:
            UserError: These inputs are no points.
        """
        raise UserError("these inputs are no points; give the classifier `inputs` with some")

    def images(self, values: np.ndarray) -> list[np.ndarray]:
        """The first inputs (N, n_values) as one image (N, rows, columns) per layer."""
        ends = np.cumsum([a * b for a, b in self.shapes])[:-1]
        parts = np.split(values, ends, axis=1)
        return [x.reshape(-1, *shape) for x, shape in zip(parts, self.shapes, strict=True)]
