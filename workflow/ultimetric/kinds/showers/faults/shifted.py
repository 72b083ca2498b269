"""The centroid of one layer is shifted."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ultimetric.errors import UserError
from ultimetric.kinds.showers.faults.layers import InLayer
from ultimetric.kinds.showers.kind import ShowerKind, Showers


class Shifted(InLayer):
    """The image of one layer moves by whole voxels along one axis (`phi` or `eta`).

    What falls off one edge is lost. Energies, widths and numbers of voxels hit stay as they are
    but for that, so that the planted family is the centroid and its difference to other layers.
    """

    defaults: ClassVar = {"layer": 2, "axis": "phi", "by": 1}
    limits: ClassVar = {"axis": "phi | eta"}

    def __init__(self, options: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(options, kind)
        axis, by = self.options["axis"], self.options["by"]
        shape = self.geometry.shapes[self.options["layer"]]
        n_voxels = dict(zip(("phi", "eta"), shape, strict=True))
        if axis not in n_voxels or by not in range(1, n_voxels[axis]):
            raise UserError(
                f"fault shifted: axis {axis!r} and by {by!r} are not phi or eta and a whole "
                "number of voxels, at least 1 and fewer than there are"
            )

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
