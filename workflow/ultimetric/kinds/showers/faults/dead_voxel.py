"""One voxel is dead."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.errors import UserError
from ultimetric.kinds.showers.faults.layers import InLayer
from ultimetric.kinds.showers.kind import ShowerKind, Showers


class DeadVoxel(InLayer):
    """One voxel of one layer, at (phi, eta), is always empty; all others are unchanged."""

    defaults: ClassVar = {"layer": 1, "phi": 7, "eta": 6}

    def __init__(self, options: dict, kind: ShowerKind) -> None:
        super().__init__(options, kind)
        self.place = [self.options[name] for name in ("phi", "eta")]
        shape = self.geometry.shapes[self.layer]
        if not all(0 <= k < n for k, n in zip(self.place, shape, strict=True)):
            raise UserError(
                f"fault dead_voxel: {self.geometry.name} has no voxel {self.place} in layer "
                f"{self.options['layer']}"
            )

    @property
    def expected(self) -> tuple[str, ...]:
        phi, eta = self.place
        return (f"voxel_{self.options['layer']}_{phi}_{eta}",)

    def change(self, showers: Showers, rng: np.random.Generator) -> np.ndarray:
        voxels = showers.voxels.copy()
        number = np.ravel_multi_index(self.place, self.geometry.shapes[self.layer])
        voxels[:, self.geometry.slices[self.layer].start + number] = 0
        return voxels
