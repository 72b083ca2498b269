"""A planted memory: training showers handed out again, which no test against unseen truth sees."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ultimetric.generators.stored import PassedThrough
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.preprocessing.mirror import Mirror
from ultimetric.preprocessing.base import State


class Memorised(PassedThrough):
    """Showers of the training, mirrored at random, each deposit times 1 + `noise` times a normal
    number.
    """

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__(card, geometry)
        self.mirror = Mirror(geometry)

    def change(self, energy: Tensor, voxels: Tensor, rng: torch.Generator) -> Tensor:
        mirrored = self.mirror(State(energy, voxels), rng).voxels
        noise = torch.randn(mirrored.shape, generator=rng, dtype=torch.float64).to(mirrored)
        return mirrored * (1 + self.card["noise"] * noise).clamp(min=0)
