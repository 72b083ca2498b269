"""Showers are too narrow."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.kinds.showers.faults.layers import InLayer
from ultimetric.kinds.showers.kind import Showers


class Narrowed(InLayer):
    """In one layer, a share `by` of all energy moves one voxel along phi towards the middle.

    It moves where there is a deposit already, so that the voxels hit stay the same. The layer
    keeps its energy. Its width in phi is wrong, and so are the shares of the brightest voxels.
    """

    defaults: ClassVar = {"layer": 1, "by": 0.1}
    limits: ClassVar = {"by": "number in (0, 1)"}

    @property
    def expected(self) -> tuple[str, ...]:
        i = self.options["layer"]
        return (f"sigma_{i}", f"brightest_*_{i}", f"E_ratio_{i}")

    def change(self, showers: Showers, rng: np.random.Generator) -> np.ndarray:
        voxels = showers.voxels.copy()
        image = self.geometry.images(voxels)[self.options["layer"]]
        half, by = image.shape[1] // 2, self.options["by"]
        # Rows 0 .. half - 2 hand on upwards; the same from the other end downwards.
        for side in (image[:, :half], image[:, ::-1][:, :half]):
            moved = by * side[:, :-1] * (side[:, 1:] > 0)
            side[:, :-1] -= moved
            side[:, 1:] += moved
        return voxels
