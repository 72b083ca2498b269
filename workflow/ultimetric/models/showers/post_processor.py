"""A network that mends the spectrum of single voxels (arXiv:2005.05334)."""

from __future__ import annotations

from typing import Any

import torch
import zuko
from torch import Tensor, nn

from ultimetric.kinds.showers.geometry import GEV, Geometry
from ultimetric.models.showers.condition import log_energy

UNIT = 10.0  # hits of the largest deposits are about 16
EMPTY = 1e-6  # below expm1 of any hit


class PostProcessor(nn.Module):
    """Changes every hit on its own, given its layer, the incident energy and the shower's sum.

    It works on ln(1 + deposit / threshold), called hits. It starts as the identity on hits, and
    leaves empty voxels empty: one function of the deposit would fill either all or none of them.

    Arguments:
        geometry: The geometry of the detector.
        network: Options of zuko.nn.MLP.
    """

    def __init__(self, geometry: Geometry, **network: Any) -> None:
        super().__init__()
        self.threshold = geometry.threshold_MeV
        sizes = [s.stop - s.start for s in geometry.slices]
        layer = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
        one_hot = nn.functional.one_hot(layer, len(sizes)).float()
        self.register_buffer("layer", one_hot, persistent=False)
        self.network = zuko.nn.MLP(3 + len(sizes), 1, activation=nn.SiLU, **network)
        nn.init.zeros_(self.network[-1].weight)
        nn.init.zeros_(self.network[-1].bias)

    def hits(self, voxels: Tensor) -> Tensor:
        """ln(1 + deposit / threshold) of deposits in MeV, those below the threshold empty."""
        kept = torch.where(voxels >= self.threshold, voxels, 0.0)
        return (kept / self.threshold).log1p().float()

    def forward(self, hits: Tensor, energy: Tensor) -> Tensor:
        """Hits (N, n_voxels) as they should be, at incident energies (N, 1) in GeV."""
        response = self.threshold * hits.double().expm1().sum(1, keepdim=True) / (GEV * energy)
        shower = torch.cat([log_energy(energy), response.float()], 1)[:, None]
        inputs = [hits[:, :, None] / UNIT, shower.expand(-1, hits.shape[1], -1)]
        inputs.append(self.layer.expand(len(hits), -1, -1))
        change = self.network(torch.cat(inputs, 2)).squeeze(2)
        return torch.where(hits > 0, (hits + change).clamp(min=0), 0.0)

    def mended(self, voxels: Tensor, energy: Tensor) -> Tensor:
        """Deposits (N, n_voxels) in MeV, float64.

        A layer keeps its energy as long as it keeps a hit; what lay below the threshold goes to
        the hits.
        """
        hits = self.hits(voxels)
        ratio = self(hits, energy).expm1() / hits.expm1().clamp(min=EMPTY)
        after, layer = voxels * ratio.double(), self.layer.double()
        scale = (voxels @ layer) / (after @ layer).clamp(min=EMPTY * self.threshold)
        return after * (scale @ layer.T)
