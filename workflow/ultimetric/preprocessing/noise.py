"""Uniform noise, so that exact zeros become a density; its place in the recipe is the question.

Before `normalise` it shifts every layer energy by half its width times the voxels (CaloFlow,
arXiv:2106.05285); after it, layer energies stay clean (CaloINN, arXiv:2312.09290).
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.preprocessing.base import State, Step

SUBTRACT = ("none", "full", "mean")


class Noise(Step):
    """Add U[0, width] per readout cell.

    Lossy, at most `width` times the cells of a voxel.

    Arguments:
        width: per readout cell, in the unit the voxels have at this place (MeV before
            `normalise`, a fraction of the layer after); a rebinned voxel gets that many times its
            cells, so that layers shift as in the full geometry.
        layers: whether the energy variables get noise of the same width, too.
        subtract: what `inverse` does. `none` keeps the noise (CaloFlow); `full` subtracts the
            width and zeroes what gets negative (CaloINN); `mean` zeroes voxels inside the width,
            which noise alone could have made, and subtracts half the width from the others, so
            that they are unbiased.
    """

    takes: ClassVar = ["deposits", "shapes", "unit interval"]
    limits: ClassVar = {"width": "number >= 0", "subtract": "none | full | mean"}
    lossy = True

    def __init__(
        self, geometry: Geometry, width: float, layers: bool = False, subtract: str = "mean"
    ) -> None:
        super().__init__(geometry)
        if subtract not in SUBTRACT:
            raise UserError(f"noise: subtract {subtract!r} is not one of {', '.join(SUBTRACT)}")
        self.width = width
        self.layers = layers
        self.subtract = subtract
        widths = width * torch.as_tensor(geometry.cells_summed, dtype=torch.float64)
        self.register_buffer("widths", widths, persistent=False)

    @property
    def space(self) -> str:
        return f"noise {self.width:g}" + (" on all" if self.layers else "")

    def forward(self, state: State, rng: torch.Generator) -> State:
        voxels = state.voxels + self.widths * _uniform(state.voxels, rng)
        layers = state.layers
        if self.layers and layers is not None:
            layers = layers + self.width * _uniform(layers, rng)
        return replace(state, voxels=voxels, layers=layers)

    def inverse(self, state: State) -> State:
        voxels, layers = state.voxels, state.layers
        if self.subtract == "full":
            voxels = (voxels - self.widths).clamp(min=0)
        elif self.subtract == "mean":
            voxels = torch.where(voxels > self.widths, voxels - self.widths / 2, 0.0)
        if self.layers and layers is not None:
            share = {"none": 0.0, "full": 1.0, "mean": 0.5}[self.subtract]
            layers = (layers - share * self.width).clamp(min=0)
        return replace(state, voxels=voxels, layers=layers)


def _uniform(like: Tensor, rng: torch.Generator) -> Tensor:
    return torch.rand(like.shape, dtype=like.dtype, generator=rng, device=rng.device).to(like)
