"""Add uniform noise, which turns exact zeros into a density.

Before `normalise` it shifts every layer energy by half its width times the number of voxels
(CaloFlow, arXiv:2106.05285); after it, layer energies are unchanged (CaloINN, arXiv:2312.09290).
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.kinds.base import Kind
from ultimetric.preprocessing.base import State, Step

SHARES = {"none": 0.0, "full": 1.0, "mean": 0.5}  # of the width that `inverse` subtracts


class Noise(Step):
    """Add U[0, width] to each number of the data.

    It is lossy: what comes back differs by at most `width` times the `noise_scale` of the kind.

    Arguments:
        width: The width of the noise, in the unit of the data at this position of the recipe; it
            is multiplied by the `noise_scale` of the kind for each value.
        layers: Whether the totals, such as the energies of layers, get noise of the same width,
            too.
        subtract: The part of the width that `inverse` subtracts: `none` (CaloFlow), `full`
            (CaloINN) or `mean`, half the width, so that values are unbiased. If values are never
            negative, `full` sets negative results to 0, and `mean` values within the width, which
            noise alone could have made.
    """

    takes: ClassVar = ["deposits", "values", "shapes", "unit interval"]
    limits: ClassVar = {"width": "number >= 0", "subtract": "none | full | mean"}
    lossy = True

    def __init__(
        self, kind: Kind, width: float, layers: bool = False, subtract: str = "mean"
    ) -> None:
        super().__init__(kind)
        if subtract not in SHARES:
            raise UserError(f"noise: subtract {subtract!r} is not one of {', '.join(SHARES)}")
        self.width = width
        self.layers = layers
        self.subtract = subtract
        widths = width * torch.as_tensor(kind.noise_scale, dtype=torch.float64)
        self.register_buffer("widths", widths, persistent=False)

    @property
    def space(self) -> str:
        return f"noise {self.width:g}" + (" on all" if self.layers else "")

    def forward(self, state: State, rng: torch.Generator) -> State:
        data, totals = state.data + self.widths * _uniform(state.data, rng), state.totals
        if self.layers and totals is not None:
            totals = totals + self.width * _uniform(totals, rng)
        return replace(state, data=data, totals=totals)

    def inverse(self, state: State) -> State:
        totals, share = state.totals, SHARES[self.subtract]
        if self.layers and totals is not None:
            totals = (totals - share * self.width).clamp(min=0)
        return replace(state, data=self._cleaned(state.data), totals=totals)

    def _cleaned(self, data: Tensor) -> Tensor:
        """The data without what is subtracted."""
        if not self.kind.never_negative:
            return data - SHARES[self.subtract] * self.widths
        if self.subtract == "full":
            return (data - self.widths).clamp(min=0)
        if self.subtract == "mean":
            return torch.where(data > self.widths, data - self.widths / 2, 0.0)
        return data


def _uniform(like: Tensor, rng: torch.Generator) -> Tensor:
    return torch.rand(like.shape, dtype=like.dtype, generator=rng, device=rng.device).to(like)
