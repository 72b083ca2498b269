"""Variables of any distribution as normal ones, by their quantiles."""

from __future__ import annotations

import torch
from torch import Tensor, nn

REACH = 3.5  # standard deviations
KNOTS = 128


class Quantiles(nn.Module):
    """Each variable on its own, mapped to a normal one: piecewise linear between quantiles.

    Edges and peaks of the distributions are met whatever a network makes of the normal variables.
    Values beyond the outermost quantiles, 2e-4 from the ends, become these.

    Arguments:
        features: The number of variables.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        normal = torch.linspace(-REACH, REACH, KNOTS, dtype=torch.float64)
        self.register_buffer("normal", normal, persistent=False)
        self.register_buffer("knots", normal.repeat(features, 1))

    def fit(self, x: Tensor) -> None:
        """Learn the quantiles of x (N, features)."""
        self.knots.copy_(x.double().quantile(torch.special.ndtr(self.normal), dim=0).T)

    def forward(self, x: Tensor) -> Tensor:
        """Normal variables (N, features), float64, of x (N, features)."""
        columns = zip(x.double().unbind(1), self.knots, strict=True)
        return torch.stack([_between(column, knots, self.normal) for column, knots in columns], 1)

    def inverse(self, z: Tensor) -> Tensor:
        """Variables (N, features), float64, of normal ones."""
        columns = zip(z.double().unbind(1), self.knots, strict=True)
        return torch.stack([_between(column, self.normal, knots) for column, knots in columns], 1)


def _between(x: Tensor, from_: Tensor, to: Tensor) -> Tensor:
    """Values (N,) of the line through rising knots; constant beyond, the lower knot at a jump."""
    k = torch.searchsorted(from_, x.contiguous()).clamp(1, len(from_) - 1)
    low, width = from_[k - 1], from_[k] - from_[k - 1]
    share = torch.where(width > 0, (x - low) / torch.where(width > 0, width, 1), 0).clamp(0, 1)
    return torch.lerp(to[k - 1], to[k], share)
