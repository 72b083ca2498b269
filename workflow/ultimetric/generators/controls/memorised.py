"""A planted memory: training entries again, which no comparison with held-out truth detects."""

from __future__ import annotations

import torch
from torch import Tensor

from ultimetric.generators.controls.stored import PassedThrough
from ultimetric.kinds.images import random_images


class Memorised(PassedThrough):
    """Entries of the training, each symmetry of the kind applied at random.

    Each value is multiplied by 1 + `noise` times a normal number.
    """

    def change(self, condition: Tensor, data: Tensor, rng: torch.Generator) -> Tensor:
        data = random_images(self.kind, condition, data, rng)
        noise = torch.randn(data.shape, generator=rng, dtype=torch.float64).to(data)
        return data * (1 + self.card["noise"] * noise).clamp(min=0)
