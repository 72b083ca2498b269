"""Variables and lengths of any distribution as normal ones, by their quantiles."""

from __future__ import annotations

import math

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
        return torch.stack([between(column, knots, self.normal) for column, knots in columns], 1)

    def inverse(self, z: Tensor) -> Tensor:
        """Variables (N, features), float64, of normal ones."""
        columns = zip(z.double().unbind(1), self.knots, strict=True)
        return torch.stack([between(column, self.normal, knots) for column, knots in columns], 1)


class Lengths(nn.Module):
    """Lengths of vectors in a plane, mapped to those of normal vectors: linear between quantiles.

    0 stays 0, and lengths beyond the largest that was learned from become this one.
    """

    def __init__(self) -> None:
        super().__init__()
        for name in ("normal", "knots"):
            self.register_buffer(name, torch.linspace(0, REACH, KNOTS, dtype=torch.float64))

    def fit(self, x: Tensor) -> None:
        """Learn the quantiles of lengths x (n,)."""
        ordered, n = x.double().sort().values, len(x)
        self.normal.copy_(torch.linspace(0, math.sqrt(2 * math.log(n + 1)), KNOTS))
        below = -torch.expm1(-self.normal.square() / 2)  # the share of shorter normal vectors
        self.knots.copy_(ordered[(below * n).long().clamp(max=n - 1)])
        self.knots[0], self.knots[-1] = 0, ordered[-1]

    def forward(self, x: Tensor) -> Tensor:
        """Lengths of normal vectors (...), float64, of lengths x (...)."""
        return between(x.double().flatten(), self.knots, self.normal).view_as(x)

    def inverse(self, x: Tensor) -> Tensor:
        """Lengths (...), float64, of those of normal vectors (...)."""
        return between(x.double().flatten(), self.normal, self.knots).view_as(x)


def between(x: Tensor, from_: Tensor, to: Tensor) -> Tensor:
    """Values at x (...) of the line through rising knots (K,), whose values are `to` (K,).

    It is constant beyond the ends, and has the value of the lower knot at a jump.
    """
    k = torch.searchsorted(from_, x.contiguous()).clamp(1, len(from_) - 1)
    low, width = from_[k - 1], from_[k] - from_[k - 1]
    share = torch.where(width > 0, (x - low) / torch.where(width > 0, width, 1), 0).clamp(0, 1)
    return torch.lerp(to[k - 1], to[k], share)
