"""The correlation between one layer and the others is lost."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import numpy as np

from ultimetric.kinds.showers.faults.layers import InLayer
from ultimetric.kinds.showers.kind import Showers


class ShuffledLayers(InLayer):
    """One layer comes from the shower of next higher incident energy.

    Each layer by itself is as in the truth. The correlations between layers are lost: the sum of
    their energies (response, E_tot), their shares (f, u, depths), and the similarity of adjacent
    layers (products of observables of two layers, and distances of their centroids).
    """

    defaults: ClassVar = {"layer": 1}

    @property
    def expected(self) -> tuple[str, ...]:
        i, numbers = self.options["layer"], self.geometry.layer_numbers
        touching = [f"*_{a} x *_{b}" for a, b in pairwise(numbers) if i in (a, b)]
        bound = ("response", "E_tot", "f_*", "u_*", "s_d", "l_d", "sigma_sd")
        return (*bound, *touching, f"phi_{i}-phi_*", f"phi_*-phi_{i}")

    def change(self, showers: Showers, rng: np.random.Generator) -> np.ndarray:
        voxels, order = showers.voxels.copy(), np.argsort(showers.energy, kind="stable")
        layer = self.geometry.slices[self.layer]
        voxels[order, layer] = showers.voxels[np.roll(order, -1), layer]
        return voxels
