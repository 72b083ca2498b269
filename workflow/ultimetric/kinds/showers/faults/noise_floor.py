"""A noise floor lies under one layer."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.kinds.showers.faults.layers import InLayer
from ultimetric.kinds.showers.kind import Showers


class NoiseFloor(InLayer):
    """Each voxel of one layer gets an exponential deposit of mean `mean_MeV`.

    Only a few of them pass the threshold and fill empty voxels: the number of voxels hit is
    changed more than any energy.
    """

    defaults: ClassVar = {"layer": 2, "mean_MeV": 0.004}
    limits: ClassVar = {"mean_MeV": "number > 0"}

    @property
    def expected(self) -> tuple[str, ...]:
        return (f"sparsity_{self.options['layer']}",)

    def change(self, showers: Showers, rng: np.random.Generator) -> np.ndarray:
        voxels = showers.voxels.astype(np.float64)
        inside = self.geometry.slices[self.layer]
        voxels[:, inside] += rng.exponential(
            self.options["mean_MeV"], size=voxels[:, inside].shape
        )
        return voxels
