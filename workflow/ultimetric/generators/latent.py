"""Generators that decode a latent vector: what latent walks and latent refinement need."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor

from ultimetric.generators.base import Generator
from ultimetric.kinds.base import Kind


class LatentGenerator(Generator):
    """A generator whose entries are a function of their condition and a latent vector.

    The latent vector is normal; a subclass sets `latent_size`, its size.
    """

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        self.latent_size = 0

    @abstractmethod
    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        """Data (N, n_values), float64, of latent vectors.

        Arguments:
            condition: Conditions (N, C), float64.
            z: Latent vectors (N, latent_size), float32.
        """

    def generate(self, condition: Tensor, rng: torch.Generator) -> Tensor:
        # Drawn on the CPU, so that devices agree.
        z = torch.randn(len(condition), self.latent_size, generator=rng)
        return self.decode(condition, z.to(condition.device))
