"""A small network and numbers for the tests of continuous-time transports."""

from __future__ import annotations

import torch
from torch import Tensor

from ultimetric.models.transports.timed import TimedMLP


def rng(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def network(features: int = 3) -> TimedMLP:
    torch.manual_seed(2)
    return TimedMLP(features, 1, width=16, blocks=2, embedding=8).double().eval()


def points(n: int, features: int, seed: int = 1) -> Tensor:
    return torch.randn(n, features, generator=rng(seed), dtype=torch.float64)
