"""The energy of one layer is scaled."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.kinds.showers.faults.layers import InLayer
from ultimetric.kinds.showers.kind import Showers


class ScaledLayer(InLayer):
    """The deposits of one layer are multiplied by `factor`.

    The planted family are the energies to which this layer contributes: its own, its shares (f,
    u and depths) and, as the sum over layers fluctuates less than each of them, the response and
    the visible energy.
    """

    defaults: ClassVar = {"layer": 0, "factor": 1.2}
    limits: ClassVar = {"factor": "number >= 0"}

    @property
    def expected(self) -> tuple[str, ...]:
        i, numbers = self.options["layer"], self.geometry.layer_numbers
        shares = [f"u_{k}" for k in numbers[self.layer : self.layer + 2] if k != numbers[0]]
        return (f"E_{i}", f"f_{i}", *shares, "s_d", "l_d", "sigma_sd", "response", "E_tot")

    def change(self, showers: Showers, rng: np.random.Generator) -> np.ndarray:
        voxels = showers.voxels.copy()
        voxels[:, self.geometry.slices[self.layer]] *= self.options["factor"]
        return voxels
