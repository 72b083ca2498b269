"""Rotated and reflected images of a shower in polar cells, and its canonical orientation."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import gcd, prod
from typing import Any

import numpy as np

from ultimetric.kinds.base import Symmetry
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.grids import Grid


def rotations(geometry: Geometry) -> list[Symmetry]:
    """The rotation by one cell of all layers, and the reflection in alpha."""
    steps = n_steps(geometry)
    found = [Symmetry("reflection in alpha", partial(_image, turns=0, reflected=True))]
    if steps > 1:
        rotation = partial(_image, turns=1, reflected=False)
        found.insert(0, Symmetry(f"rotation by 1/{steps}", rotation, steps))
    return found


def n_steps(geometry: Geometry) -> int:
    """The number of equal rotations by whole cells that make a full one."""
    return gcd(*(shape[0] for shape in geometry.shapes if shape[0] > 1)) or 1


def canonical_rotation(showers: Any) -> Any:
    """The one of all images of each shower whose brightest cells come first.

    The largest deposits at each angle are compared, angle by angle; if several images remain, all
    deposits are compared. All images of a shower thus have the same result, to the last bit.
    """
    geometry, voxels = showers.geometry, showers.voxels
    steps = n_steps(geometry)
    kinds = [(turns, reflected) for reflected in (False, True) for turns in range(steps)]
    images = [_permutation(geometry, *kind) for kind in kinds]
    angles = np.arange(steps)
    places = [np.roll(angles, turns)[:: -1 if reflected else 1] for turns, reflected in kinds]
    largest = _largest(geometry, voxels)[:, places]
    left = np.ones(largest.shape[:2], bool)
    for at_angle in np.moveaxis(largest, 2, 0):
        left &= at_angle == np.where(left, at_angle, -1).max(1, keepdims=True)
    chosen = left.argmax(1)
    for row in np.flatnonzero(left.sum(1) > 1):
        candidates = np.flatnonzero(left[row])
        chosen[row] = max(candidates, key=lambda k: voxels[row, images[k]].tolist())
    found = np.empty_like(voxels)
    for k, image in enumerate(images):
        rows = np.flatnonzero(chosen == k)
        found[rows] = voxels[rows][:, image]
    return replace(showers, voxels=found)


def _image(showers: Any, turns: int, reflected: bool) -> Any:
    geometry = showers.geometry
    permutation = _permutation(geometry, turns, reflected)
    return replace(showers, voxels=showers.voxels[:, permutation])


def _permutation(geometry: Geometry, turns: int, reflected: bool) -> np.ndarray:
    """The numbers (n_voxels,) of the voxels that an image consists of: rotated, then reflected."""
    numbers = np.arange(geometry.n_voxels)[None]
    pairs = zip(geometry.grids, geometry.images(numbers), strict=True)
    layers = [_moved(grid, x, turns, n_steps(geometry)) for grid, x in pairs]
    return np.concatenate([(x[:, ::-1] if reflected else x).ravel() for x in layers])


def _moved(grid: Grid, image: np.ndarray, turns: int, steps: int) -> np.ndarray:
    """A layer after some rotations by 1 / steps."""
    return grid.shifted(image, 1, turns * (grid.shape[0] // steps))


def _largest(geometry: Geometry, voxels: np.ndarray) -> np.ndarray:
    """The largest deposit (N, steps) at each angle."""
    steps = n_steps(geometry)
    layers = [x for x in geometry.images(voxels) if x.shape[1] > 1]
    parts = [x.reshape(len(x), steps, prod(x.shape[1:]) // steps).max(2) for x in layers]
    return np.max([np.zeros((len(voxels), steps), voxels.dtype), *parts], axis=0)
