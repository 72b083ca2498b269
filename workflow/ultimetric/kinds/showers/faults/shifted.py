"""The centroid of one layer is shifted."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ultimetric.errors import UserError
from ultimetric.kinds.showers.faults.layers import InLayer
from ultimetric.kinds.showers.kind import ShowerKind, Showers


class Shifted(InLayer):
    """The image of one layer moves by whole voxels along one axis, such as `phi` or `alpha`.

    Deposits that leave the grid are lost; along an angle none do. Apart from that energies, widths
    and numbers of voxels hit are unchanged, so that the planted family is the centroid and its
    distance to those of other layers.
    """

    defaults: ClassVar = {"layer": 2, "axis": "phi", "by": 1}
    limits: ClassVar = {"axis": "phi | eta | x | y | alpha | r"}

    def __init__(self, options: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(options, kind)
        axis, by = self.options["axis"], self.options["by"]
        self.grid = self.geometry.grids[self.layer]
        n_voxels = dict(zip(self.grid.axes, self.grid.shape, strict=True))
        if axis not in n_voxels or by not in range(1, n_voxels[axis]):
            raise UserError(
                f"fault shifted: axis {axis!r} and by {by!r} are not {' or '.join(n_voxels)} and "
                "a whole number of voxels, at least 1 and fewer than there are"
            )

    @property
    def expected(self) -> tuple[str, ...]:
        i, axis = self.options["layer"], self.options["axis"]
        moved = [axis] if axis in self.grid.coordinates else self.grid.coordinates
        found = [(f"{x}_{i}", f"{x}_{i}-{x}_*", f"{x}_*-{x}_{i}") for x in moved]
        return tuple(name for names in found for name in names)

    def change(self, showers: Showers, rng: np.random.Generator) -> np.ndarray:
        voxels, axis = showers.voxels.copy(), 1 + self.grid.axes.index(self.options["axis"])
        image = self.geometry.images(voxels)[self.layer]
        image[:] = self.grid.shifted(image, axis, self.options["by"])
        return voxels
