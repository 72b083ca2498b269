"""A network of a point, a time and a condition: what flow matching and diffusion train."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

FREQUENCIES = 8  # octaves of the time embedding
REACH = 4.0  # of the slopes, in standard deviations


class TimeEmbedding(nn.Sequential):
    """Time and condition as numbers that the blocks of a network see.

    Time enters as it is and as sines and cosines of pi 2^k t (arXiv:1706.03762, there in
    positions).

    Arguments:
        context: The size of the condition.
        size: The number of numbers.
    """

    def __init__(self, context: int, size: int) -> None:
        super().__init__(
            nn.Linear(1 + 2 * FREQUENCIES + context, size),
            nn.SiLU(),
            nn.Linear(size, size),
            nn.SiLU(),
        )
        octaves = math.pi * 2.0 ** torch.arange(FREQUENCIES)
        self.register_buffer("octaves", octaves, persistent=False)

    def forward(self, t: Tensor, c: Tensor) -> Tensor:
        """Numbers (N, size) of times t (N,) and conditions c (N, context)."""
        phase = t[:, None] * self.octaves
        return super().forward(torch.cat([t[:, None], phase.sin(), phase.cos(), c], 1))


class TimedMLP(nn.Module):
    """Residual perceptron x, t, c -> F + g G x, with F and G in R^features and a gain g(t, c).

    Time enters together with the condition, in each block anew. Near the data the wanted function
    is steep in x wherever the data are narrow, as empty voxels of showers are; G and the gain g
    give a slope to each feature, which the layers would have to build up. The slopes end at REACH:
    a field that grew with x without end would carry a rare entry away exponentially.

    Arguments:
        features, context: The sizes of x and c.
        width: The number of hidden units.
        blocks: The number of residual blocks, of two layers each.
        embedding: The size of the embedding of time and condition that the blocks see.
        dropout: The share of hidden units left out in training.
    """

    def __init__(
        self,
        features: int,
        context: int,
        width: int,
        blocks: int,
        embedding: int = 64,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embedding = TimeEmbedding(context, embedding)
        self.first = nn.Linear(features, width)
        self.blocks = nn.ModuleList(_Block(width, embedding, dropout) for _ in range(blocks))
        self.last = nn.Sequential(nn.LayerNorm(width), nn.SiLU(), nn.Linear(width, 2 * features))
        self.log_gain = nn.Linear(embedding, 1)
        nn.init.zeros_(self.log_gain.weight)
        nn.init.zeros_(self.log_gain.bias)

    def forward(self, x: Tensor, t: Tensor, c: Tensor) -> Tensor:
        """Values (N, features) at points x (N, features), times t (N,), conditions c."""
        e = self.embedding(t, c)
        h = self.first(x)
        for block in self.blocks:
            h = block(h, e)
        value, slope = self.last(h).chunk(2, 1)
        return value + self.log_gain(e).exp() * slope * x.clamp(-REACH, REACH)


class _Block(nn.Module):
    def __init__(self, width: int, embedding: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.inner = nn.Linear(width, width)
        self.shift = nn.Linear(embedding, width)
        self.dropout = nn.Dropout(dropout)
        self.outer = nn.Linear(width, width)

    def forward(self, h: Tensor, e: Tensor) -> Tensor:
        inner = self.inner(silu(self.norm(h))) + self.shift(e)
        return h + self.outer(self.dropout(silu(inner)))
