"""Showers are too narrow."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.kinds.showers.faults.layers import InLayer
from ultimetric.kinds.showers.kind import Showers


class Narrowed(InLayer):
    """In one layer, a share `by` of all energy moves one voxel along phi towards the middle.

    It moves only to voxels with a deposit, so that the number of voxels hit does not change. The
    layer keeps its energy. Its width in phi and the shares of the brightest voxels are wrong.
    """

    defaults: ClassVar = {"layer": 1, "by": 0.1}
    limits: ClassVar = {"by": "number in (0, 1)"}

    @property
    def expected(self) -> tuple[str, ...]:
        i = self.options["layer"]
        return (f"sigma_{i}", f"brightest_*_{i}", f"E_ratio_{i}")

    def change(self, showers: Showers, rng: np.random.Generator) -> np.ndarray:
        voxels = showers.voxels.copy()
        image = self.geometry.images(voxels)[self.layer]
        half, by = image.shape[1] // 2, self.options["by"]
        # Energy moves up from rows 0 .. half - 2, and likewise from the other end.
        for side in (image[:, :half], image[:, ::-1][:, :half]):
            moved = by * side[:, :-1] * (side[:, 1:] > 0)
            side[:, :-1] -= moved
            side[:, 1:] += moved
        return voxels
