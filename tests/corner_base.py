"""A generator in closed form whose showers are not symmetric: all energy is in one corner."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ultimetric.generators.base import Generator
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind

FOUR = Geometry("four", ((2, 2),), (1.0,), 1.0, 1e-3, (1.0, 100.0), ((1, 1),))
KIND = ShowerKind.of(FOUR)


class CornerBase(Generator):
    """10 MeV in the first of four voxels."""

    def learn(self, training, validation, seed, checkpoint) -> list[dict[str, Any]]:
        return []

    def generate(self, condition: Tensor, rng: torch.Generator) -> Tensor:
        return torch.tensor([10.0, 0.0, 0.0, 0.0]).expand(len(condition), 4)
