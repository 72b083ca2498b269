"""What the networks of the generators see of the incident energy, and how noise enters them."""

from __future__ import annotations

import torch
import zuko
from torch import Tensor


def log_energy(energy: Tensor) -> Tensor:
    """log10(E_inc / 10 GeV) (N, 1), in [-1, 1] for 1 to 100 GeV."""
    return (energy / 10).log10().float()


def push_noise(
    flow: zuko.flows.Flow, condition: Tensor, features: int, rng: torch.Generator
) -> Tensor:
    """Samples (N, features), float64, from noise drawn on the CPU, so that devices agree."""
    noise = torch.randn(len(condition), features, generator=rng).to(condition)
    return flow(condition).transform.inv(noise).double()
