"""Flow matching of clouds of points, whatever the order of the points."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from ultimetric.models.transports.timed import REACH, TimeEmbedding
from ultimetric.models.transports.velocities import VelocityField

FAR = -1e9  # instead of the logarithm of 0


class CloudField(VelocityField):
    """A velocity field of clouds x (N, P * values), some of whose P points may be absent.

    Conditions c (N, context + P) end with the points that are there, 1, and absent ones, 0. Noise,
    data and velocity of absent points are 0.

    The network, a `DeepSets`, gives points in another order the same velocities in this order.
    Noise is therefore free to begin at any point, and begins at that of the same rank in the last
    value, so that ways cross less: equivariant flow matching (arXiv:2306.15030, there with the
    least distance in all values).
    """

    network: DeepSets

    def loss(self, x: Tensor, c: Tensor, rng: torch.Generator) -> Tensor:
        """Mean training loss of the points that are there."""
        return super().loss(x, c, rng) / self.network.there(c).float().mean()

    def partner(self, z: Tensor, x: Tensor, c: Tensor) -> Tensor:
        there = self.network.there(c)
        z, x = self.network.points(z), self.network.points(x)
        falling_z, falling_x = (
            torch.where(there, points[..., -1], -torch.inf).argsort(1, descending=True)
            for points in (z, x)
        )
        chosen = falling_z.gather(1, falling_x.argsort(1))
        z = z.gather(1, chosen[..., None].expand_as(z))
        return (z * there[..., None]).flatten(1)


class DeepSets(nn.Module):
    """Network x, t, c -> F + g G x as of `TimedMLP`, point by point, with F and G of all points.

    Each block gathers the points in numbers of the whole cloud, which every point sees in the
    next layer, as the layers of EPiC-GAN (arXiv:2301.08128) and EPiC-FM (arXiv:2310.00049). They
    gather means and sums; here there are means, and averages with weights that the network learns
    (one query of attention, arXiv:1810.00825), such as those with pT.

    Arguments:
        points, values: The number P of points, and the values of a point.
        context: The size of the condition without the P numbers of the points that are there.
        width: The number of hidden units per point, and of numbers of the whole cloud.
        blocks: The number of blocks.
        embedding: The size of the embedding of time and condition.
        heads: The number of learned averages; a divisor of the width.
    """

    def __init__(
        self,
        points: int,
        values: int,
        context: int,
        width: int,
        blocks: int,
        embedding: int,
        heads: int,
    ) -> None:
        super().__init__()
        self.shape = points, values
        self.embedding = TimeEmbedding(context, embedding)
        self.first, self.shift = nn.Linear(values, width), nn.Linear(embedding, width)
        self.blocks = nn.ModuleList(_Block(width, embedding, heads) for _ in range(blocks))
        self.last = nn.Sequential(nn.LayerNorm(width), nn.SiLU(), nn.Linear(width, 2 * values))
        self.log_gain = nn.Linear(embedding, 1)
        nn.init.zeros_(self.log_gain.weight)
        nn.init.zeros_(self.log_gain.bias)

    def points(self, x: Tensor) -> Tensor:
        """Points (N, P, values) of clouds (N, P * values)."""
        return x.unflatten(1, self.shape)

    def there(self, c: Tensor) -> Tensor:
        """Whether points are there (N, P), from conditions (N, context + P)."""
        return c[:, -self.shape[0] :] > 0

    def forward(self, x: Tensor, t: Tensor, c: Tensor) -> Tensor:
        """Values (N, P * values) at clouds x, times t (N,), and conditions c (N, context + P)."""
        there, x = self.there(c), self.points(x)
        e = self.embedding(t, c[:, : -self.shape[0]])
        h = self.first(x) + self.shift(e)[:, None]
        for block in self.blocks:
            h = block(h, there, e)
        value, slope = self.last(h).chunk(2, 2)
        gain = self.log_gain(e).exp()[:, None]
        y = value + gain * slope * x.clamp(-REACH, REACH)
        return (y * there[..., None]).flatten(1)


class _Block(nn.Module):
    def __init__(self, width: int, embedding: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.score, self.value = nn.Linear(width, heads), nn.Linear(width, width)
        self.whole = nn.Sequential(
            nn.Linear(2 * width + embedding, width), nn.SiLU(), nn.Linear(width, width)
        )
        self.inner, self.outer = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, h: Tensor, there: Tensor, e: Tensor) -> Tensor:
        x = self.norm(h)
        score, value = self.score(x), self.value(x)
        weights = score.masked_fill(~there[..., None], FAR).softmax(1)
        parts = value.unflatten(2, (self.heads, -1))
        averages = (weights.transpose(1, 2)[:, :, None] @ parts.transpose(1, 2))[:, :, 0]
        present = there[..., None].to(value)
        mean = (value * present).sum(1) / present.sum(1).clamp(min=1)
        whole = self.whole(torch.cat([averages.flatten(1), mean, e], 1))
        return h + self.outer(silu(self.inner(silu(x)) + whole[:, None]))
