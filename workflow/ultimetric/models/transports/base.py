"""What a continuous-time transport of normal noise to data is."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


class Transport(nn.Module, ABC):
    """p(x | c) as the image of normal noise under a differential equation."""

    @abstractmethod
    def loss(self, x: Tensor, c: Tensor, rng: torch.Generator) -> Tensor:
        """Mean training loss of data x (N, features) and conditions c (N, context)."""

    @abstractmethod
    def decode(self, z: Tensor, c: Tensor, rng: torch.Generator | None = None) -> Tensor:
        """Data (N, features) of normal noise z (N, features).

        Arguments:
            z, c: Noise and conditions.
            rng: The random generator of further noise on the way; without it, none is added.
        """

    @abstractmethod
    def log_prob(self, x: Tensor, c: Tensor, rng: torch.Generator) -> Tensor:
        """Log-density (N,) of data in nats; `rng` draws the probes of the traces."""


def spread(n: int, rng: torch.Generator) -> Tensor:
    """Numbers (n,) of U[0, 1), one in each n-th of it: a mean over them varies less.

    arXiv:2107.00630, appendix I.1.
    """
    return (torch.rand(1, generator=rng) + torch.arange(n) / n) % 1


def noise_like(x: Tensor, rng: torch.Generator) -> Tensor:
    """Normal noise, drawn on the device of `rng`, so that devices agree."""
    return torch.randn(x.shape, generator=rng).to(x)


def normal_log_prob(z: Tensor) -> Tensor:
    """Log-density (N,) of standard normal vectors (N, features)."""
    return -(z.square().sum(1) + z.shape[1] * math.log(2 * math.pi)) / 2
