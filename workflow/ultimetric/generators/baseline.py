"""The baseline: right marginals, no correlations."""

from __future__ import annotations

import torch
from torch import Tensor

from ultimetric.generators.stored import StoredTruth


class Baseline(StoredTruth):
    """Draws each voxel on its own from a stored shower of similar incident energy.

    "Similar" is one of the card's `neighbours` stored showers next in incident energy; the voxel
    is scaled by the ratio of the energies.
    """

    def generate(self, energy: Tensor, rng: torch.Generator) -> Tensor:
        n_neighbours = self.card["neighbours"]
        order = self.stored_energy[:, 0].argsort(stable=True)
        known = self.stored_energy[order, 0]
        middle = torch.searchsorted(known, energy[:, 0].contiguous())
        first = (middle - n_neighbours // 2).clamp(0, len(known) - n_neighbours)
        shape = len(energy), self.geometry.n_voxels
        draws = torch.randint(n_neighbours, shape, generator=rng).to(energy.device)
        rows = order[first[:, None] + draws]
        voxels = self.stored_voxels[rows, torch.arange(shape[1], device=rows.device)]
        return voxels * energy / self.stored_energy[rows, 0]
