"""Networks that mend the spectrum of single voxels (arXiv:2005.05334)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
import zuko
from torch import Tensor, nn

from ultimetric.kinds.showers.geometry import GEV, Geometry
from ultimetric.models.showers.box import Box
from ultimetric.models.showers.condition import log_energy

UNIT = 10.0  # hits of the largest deposits are about 16
EMPTY = 1e-6  # below expm1 of any hit
SLOPE = 0.01  # of the leaky ReLU


class PostProcessor(nn.Module, ABC):
    """A network that changes hits, a function of deposits; until it is `active`, it is unused.

    The buffers `batches`, the batches that it was trained on, and `active` are set in training.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("batches", torch.tensor(0))
        self.register_buffer("active", torch.tensor(False))

    @abstractmethod
    def hits(self, voxels: Tensor) -> Tensor:
        """The hits (N, n_voxels) of deposits in MeV."""

    @abstractmethod
    def forward(self, hits: Tensor, energy: Tensor) -> Tensor:
        """Hits (N, n_voxels) as they should be, at incident energies (N, 1) in GeV."""

    @abstractmethod
    def mended(self, voxels: Tensor, energy: Tensor) -> Tensor:
        """Deposits (N, n_voxels) in MeV, float64, of such deposits at incident energies (N, 1)."""


class HitPostProcessor(PostProcessor):
    """Changes every hit on its own, given its layer, the incident energy and the shower's sum.

    It works on ln(1 + deposit / threshold). It starts as the identity on hits, and leaves empty
    voxels empty: one function of the deposit would fill either all or none of them. A layer keeps
    its energy as long as it keeps a hit; what lay below the threshold goes to the hits.

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
        response = self.threshold * hits.double().expm1().sum(1, keepdim=True) / (GEV * energy)
        shower = torch.cat([log_energy(energy), response.float()], 1)[:, None]
        inputs = [hits[:, :, None] / UNIT, shower.expand(-1, hits.shape[1], -1)]
        inputs.append(self.layer.expand(len(hits), -1, -1))
        change = self.network(torch.cat(inputs, 2)).squeeze(2)
        return torch.where(hits > 0, (hits + change).clamp(min=0), 0.0)

    def mended(self, voxels: Tensor, energy: Tensor) -> Tensor:
        hits = self.hits(voxels)
        ratio = self(hits, energy).expm1() / hits.expm1().clamp(min=EMPTY)
        after, layer = voxels * ratio.double(), self.layer.double()
        scale = (voxels @ layer) / (after @ layer).clamp(min=EMPTY * self.threshold)
        return after * (scale @ layer.T)


class BoxPostProcessor(PostProcessor):
    """Convolutions of single cells, given the incident energy and the shower's sum.

    The network of the public code. Its layer normalisations see the whole shower and have a weight
    and an offset for every place, so that empty cells may be filled, and the energies of layers
    change. Hits are deposits in MeV.

    Arguments:
        box: The numbers of cells along the three axes.
        filters: The filters of each convolution.
    """

    def __init__(self, box: Box, filters: int) -> None:
        super().__init__()
        self.box, half = box, filters // 2
        self.shower = nn.Sequential(*_dense(2, half), *_dense(half, half), *_dense(half, half))
        self.first = nn.Sequential(*self._convolution(1, filters))
        self.rest = nn.Sequential(
            *self._convolution(filters + half, filters),
            *self._convolution(filters, filters),
            *self._convolution(filters, filters),
            nn.Conv3d(filters, filters, 1),
            nn.LeakyReLU(SLOPE),
            nn.Conv3d(filters, 1, 1, bias=False),
        )

    def _convolution(self, before: int, after: int) -> list[nn.Module]:
        return [nn.Conv3d(before, after, 1), nn.LayerNorm(self.box), nn.LeakyReLU(SLOPE)]

    def hits(self, voxels: Tensor) -> Tensor:
        return voxels.float()

    def forward(self, hits: Tensor, energy: Tensor) -> Tensor:
        shower = self.shower(torch.cat([hits.sum(1, keepdim=True), energy.float()], 1))
        everywhere = shower[:, :, None, None, None].expand(-1, -1, *self.box)
        cells = self.first(hits.view(-1, 1, *self.box))
        return self.rest(torch.cat([cells, everywhere], 1)).flatten(1)

    def mended(self, voxels: Tensor, energy: Tensor) -> Tensor:
        return self(self.hits(voxels), energy).clamp(min=0).double()


def _dense(before: int, after: int) -> list[nn.Module]:
    return [nn.Linear(before, after), nn.LeakyReLU(SLOPE)]
