"""A planted memory: training entries handed out again, which no test against unseen truth sees."""

from __future__ import annotations

import torch
from torch import Tensor

from ultimetric.generators.stored import PassedThrough


class Memorised(PassedThrough):
    """Entries of the training, each symmetry of the kind applied at random.

    Each value is multiplied by 1 + `noise` times a normal number.
    """

    def change(self, condition: Tensor, data: Tensor, rng: torch.Generator) -> Tensor:
        symmetries = self.kind.symmetries()
        draws = torch.rand(len(symmetries), len(data), generator=rng).to(data.device)
        for symmetry, chance in zip(symmetries, draws, strict=True):
            entries = self.kind.entries(condition.cpu().numpy(), data.cpu().numpy())
            image = torch.as_tensor(symmetry.apply(entries).data).to(data)
            data = torch.where(chance[:, None] < 0.5, image, data)
        noise = torch.randn(data.shape, generator=rng, dtype=torch.float64).to(data)
        return data * (1 + self.card["noise"] * noise).clamp(min=0)
