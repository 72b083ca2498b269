"""The response is smeared."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.faults.base import Changed
from ultimetric.kinds.showers.kind import Showers


class Smeared(Changed):
    """All deposits of a shower are multiplied by a normal number of mean 1 and deviation `width`.

    Shares of layers, shapes and centroids are unchanged; only the visible energy is wrong.
    """

    defaults: ClassVar = {"width": 0.02}
    limits: ClassVar = {"width": "number >= 0"}

    @property
    def expected(self) -> tuple[str, ...]:
        return ("response", "E_tot")

    def change(self, showers: Showers, rng: np.random.Generator) -> np.ndarray:
        factor = np.maximum(1 + self.options["width"] * rng.normal(size=len(showers)), 0)
        return showers.voxels * factor[:, None]
