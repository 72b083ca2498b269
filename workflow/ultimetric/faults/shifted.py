"""The centroid of one layer is shifted."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.data.showers import Showers
from ultimetric.faults.base import Changed


class Shifted(Changed):
    """The image of one layer moves by whole voxels along one axis (`phi` or `eta`).

    What falls off one edge is lost. Energies, widths and numbers of voxels hit stay as they are
    but for that, so that the planted family is the centroid and its difference to other layers.
    """

    defaults: ClassVar = {"layer": 2, "axis": "phi", "by": 1}

    @property
    def expected(self) -> tuple[str, ...]:
        i, axis = self.options["layer"], self.options["axis"]
        return (f"{axis}_{i}", f"{axis}_{i}-{axis}_*", f"{axis}_*-{axis}_{i}")

    def change(self, showers: Showers, rng: np.random.Generator) -> np.ndarray:
        voxels = np.zeros_like(showers.voxels)
        old, new = (
            self.geometry.images(x)[self.options["layer"]] for x in (showers.voxels, voxels)
        )
        by = self.options["by"]
        if self.options["axis"] == "eta":
            new[:, :, by:] = old[:, :, :-by]
        else:
            new[:, by:] = old[:, :-by]
        layer = self.geometry.slices[self.options["layer"]]
        shifted, voxels = voxels[:, layer].copy(), showers.voxels.copy()
        voxels[:, layer] = shifted
        return voxels
