"""A planted mode collapse: a share of the showers are few showers, over and over again."""

from __future__ import annotations

import torch
from torch import Tensor

from ultimetric.generators.stored import PassedThrough


class Collapsed(PassedThrough):
    """A share `fraction` of the showers have the shape of one of `modes` stored ones.

    A mode is the stored shower nearest in incident energy, of `modes` chosen by rank, scaled with
    the incident energy; each deposit is multiplied by 1 + `noise` times a normal number.
    """

    def change(self, energy: Tensor, voxels: Tensor, rng: torch.Generator) -> Tensor:
        order = self.stored_energy[:, 0].argsort(stable=True)
        n_modes = self.card["modes"]
        ranks = (torch.arange(n_modes, device=order.device) + 0.5) / n_modes * len(order)
        modes = order[ranks.long()]
        mode = modes[(energy - self.stored_energy[modes, 0]).abs().argmin(1)]
        scale = energy / self.stored_energy[mode]
        noise = torch.randn(voxels.shape, generator=rng, dtype=torch.float64).to(voxels)
        smeared = (1 + self.card["noise"] * noise).clamp(min=0)
        repeated = self.stored_voxels[mode].double() * scale * smeared
        chosen = torch.rand(len(energy), 1, generator=rng, dtype=torch.float64).to(voxels)
        return torch.where(chosen < self.card["fraction"], repeated, voxels)
