"""The power control: independent truth with a fault that an ideal classifier finds exactly."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ultimetric.generators.stored import PassedThrough
from ultimetric.kinds.showers.geometry import GEV, Geometry


class Planted(PassedThrough):
    """A mixture of (1 - fraction) truth and `fraction` faulty showers.

    A faulty shower is rescaled to E_tot = response E_inc, where no true shower is, so that the
    ideal AUC is 0.5 + fraction / 2. Empty showers stay as they are.
    """

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__(card, geometry)
        self.ideal_auc = 0.5 + card["fraction"] / 2

    def change(self, energy: Tensor, voxels: Tensor, rng: torch.Generator) -> Tensor:
        total = voxels.sum(1, keepdim=True)
        scale = self.card["response"] * GEV * energy / torch.where(total > 0, total, 1.0)
        faulty = torch.rand(len(energy), 1, generator=rng).to(energy) < self.card["fraction"]
        return torch.where(faulty, voxels * scale, voxels)
