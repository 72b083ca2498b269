"""Mirror images of a shower in rectangular cells, and its canonical orientation."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ultimetric.kinds.base import Symmetry
from ultimetric.kinds.showers.geometry import Geometry


def canonical_flip(showers: Any) -> Any:
    """Showers flipped in phi and in eta so that their energy lies on the positive side of both.

    A detector that is symmetric about its centre cannot distinguish a shower from its mirror
    images, so that a copy may be any of them. All layers are flipped alike, by the sign of the
    first moment of all deposits in phi (eta); a shower whose moment is 0 is not flipped.
    """
    geometry = showers.geometry
    images = [x.astype(np.float64) for x in geometry.images(showers.voxels)]
    flipped = showers.voxels.copy()
    for axis in (1, 2):
        moment = np.zeros(len(showers))
        for image in images:
            projected = image.sum(3 - axis)
            # The image minus its mirror image is exactly 0 for a symmetric shower.
            leaning = projected - projected[:, ::-1]
            n_cells = projected.shape[1]
            moment += leaning @ ((2 * np.arange(n_cells) + 1 - n_cells) / n_cells)
        rows = np.flatnonzero(moment < 0)
        if not len(rows):
            continue
        turned = [np.flip(x, axis) for x in geometry.images(flipped[rows])]
        flipped[rows] = geometry.flat(turned)
    return replace(showers, voxels=flipped)


def mirrors(geometry: Geometry) -> list[Symmetry]:
    """Flips of all layers in phi and in eta, the symmetries of a centred beam."""
    return [
        Symmetry(f"mirror in {name}", partial(_flipped, axis=axis))
        for axis, name in enumerate(geometry.grids[0].axes, 1)
    ]


def _flipped(showers: Any, axis: int) -> Any:
    images = [np.flip(x, axis) for x in showers.geometry.images(showers.voxels)]
    return replace(showers, voxels=showers.geometry.flat(images))
