"""Deposits in GeV, as the networks of CaloGAN make and see them (arXiv:1712.10321)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ultimetric.kinds.showers.geometry import GEV, Geometry


class DepositSpace(nn.Module):
    """What a network makes of a shower, and what another one sees of it.

    Made are voxels in GeV by a ReLU. Seen are voxels in GeV, the occupancies of the layers (which
    pass no gradient), layer energies and E_tot as fractions of the detector's largest incident
    energy (a tenth of it for layers), |E_tot - E_inc| in GeV, and 10 where that exceeds a
    twentieth of the largest energy.

    Arguments:
        geometry: The geometry of the detector.
    """

    raw = True  # what is seen is truth before the readout
    images = 1  # numbers seen per voxel
    made = 0  # numbers made besides the images

    def __init__(self, geometry: Geometry) -> None:
        super().__init__()
        self.geometry = geometry
        self.seen = 2 * geometry.n_layers + 3  # numbers seen besides the images
        self.largest = geometry.energy_range_GeV[1]

    def fit(self, energy: Tensor, voxels: Tensor) -> None:
        """There is nothing to learn."""

    def showers(self, images: Tensor, energies: Tensor, energy: Tensor) -> Tensor:
        """Voxels (N, n_voxels) in MeV of images (N, n_voxels); the rest is not used."""
        return GEV * images.relu().to(energy.dtype)

    def view(self, voxels: Tensor, energy: Tensor) -> Tensor:
        """What is seen (N, n_voxels + seen) of voxels in MeV at energies (N, 1) in GeV."""
        per_layer = [voxels[:, s] / GEV for s in self.geometry.slices]
        occupied = torch.stack([(layer > 0).float().mean(1) for layer in per_layer], 1)
        layers = torch.stack([layer.sum(1) for layer in per_layer], 1)
        total = layers.sum(1, keepdim=True)
        missing = (total - energy).abs()
        far = 10.0 * (missing > self.largest / 20)
        parts = [
            voxels / GEV,
            occupied,
            10 * layers / self.largest,
            total / self.largest,
            missing,
            far,
        ]
        return torch.cat(parts, 1)
