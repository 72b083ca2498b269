"""Principal components, each scaled to unit variance."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SMALLEST = 1e-6  # variance that a constant direction counts as


class PrincipalComponents(nn.Module):
    """x -> V^T (x - mean) / std, largest variance first, with its inverse.

    A density of the first components, times normal ones of the others, is a density of x: the
    model of probabilistic PCA (Tipping and Bishop, 1999) but for a variance of its own for each
    direction left out.

    Arguments:
        features: The size of x.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features, dtype=torch.float64))
        self.register_buffer("std", torch.ones(features, dtype=torch.float64))
        self.register_buffer("directions", torch.eye(features, dtype=torch.float64))

    def fit(self, x: Tensor) -> None:
        """Learn from x (N, features), float64."""
        self.mean.copy_(x.mean(0))
        variances, directions = torch.linalg.eigh(torch.atleast_2d(torch.cov(x.T)))
        self.std.copy_(variances.flip(0).clamp(min=SMALLEST).sqrt())
        self.directions.copy_(directions.flip(1))

    def forward(self, x: Tensor) -> Tensor:
        """Components (N, features)."""
        return (x - self.mean) @ self.directions / self.std

    def inverse(self, y: Tensor) -> Tensor:
        return (y * self.std) @ self.directions.T + self.mean

    @property
    def log_det(self) -> Tensor:
        """log |Jacobian| of `forward`, the same for every x."""
        return -self.std.log().sum()
