"""Generators that decode a latent vector: what latent walks and latent refinement need."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor

from ultimetric.generators.base import Generator
from ultimetric.kinds.showers.geometry import Geometry


class LatentGenerator(Generator):
    """A generator whose showers follow from incident energy and a latent vector alone.

    A subclass names `latent_size`, the numbers per shower in the latent vector, which is normal.
    """

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__(card, geometry)
        self.latent_size = 0

    @abstractmethod
    def decode(self, energy: Tensor, z: Tensor) -> Tensor:
        """Voxels (N, n_voxels) in MeV, float64, of latent vectors.

        Arguments:
            energy: incident energies (N, 1) in GeV, float64.
            z: latent vectors (N, latent_size), float32.
        """

    def generate(self, energy: Tensor, rng: torch.Generator) -> Tensor:
        # Drawn on the CPU, so that devices agree.
        z = torch.randn(len(energy), self.latent_size, generator=rng)
        return self.decode(energy, z.to(energy.device))
