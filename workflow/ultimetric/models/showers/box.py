"""Convolutional networks of showers in a box of cells, as published for BIB-AE (arXiv:2005.05334).

Those of the public code (github.com/FLC-QU-hep/getting_high), of which the numbers of cells,
filters and hidden units are options. Their layer normalisations have a weight and an offset for
every place.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, pad

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry

Box = tuple[int, int, int]
SLOPE = 0.2  # of the leaky ReLU
SMALLEST = 15  # cells along an axis, of which the critic's convolutions leave one


def box_of(geometry: Geometry) -> Box:
    """The numbers of layers and of cells along both axes.

    Raises:
        UserError: Layers differ, or a number is below 15 or not a multiple of three.
    """
    box = geometry.box
    if box is None or any(n % 3 or n < SMALLEST for n in box):
        raise UserError(
            f"geometry {geometry.name}: these 3-D convolutions need equal layers, at least "
            f"{SMALLEST} of them and of cells along each axis, in multiples of three"
        )
    return box


class BoxEncoder(nn.Module):
    """Normal posterior of z, whose numbers beyond the first `latent` are the prior's.

    Arguments:
        box: The numbers of cells along the three axes.
        size, latent: The size of z, and how many of its numbers depend on the shower.
        filters: The filters of the first convolution; each one after it has twice as many.
        hidden: The width of the first dense layer.
    """

    def __init__(self, box: Box, size: int, latent: int, filters: int, hidden: int) -> None:
        super().__init__()
        self.box, self.unused = box, size - latent
        stages, before = [], 1
        for channels, kernel, stride in zip(
            (filters, 2 * filters, 4 * filters, 8 * filters),
            (4, 4, 4, 3),
            (2, 2, 2, 1),
            strict=True,
        ):
            edge = kernel // 2
            box = tuple((n + 2 * edge - kernel) // stride + 1 for n in box)
            stages.append(nn.Conv3d(before, channels, kernel, stride, edge, bias=False))
            stages += [nn.LayerNorm(box), nn.LeakyReLU(SLOPE)]
            before = channels
        self.convolutions = nn.Sequential(*stages, nn.Flatten())
        wide = before * box[0] * box[1] * box[2]
        self.dense = nn.Sequential(
            nn.Linear(wide + 1, hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, size * 3 // 2),
            nn.LeakyReLU(SLOPE),
            nn.Linear(size * 3 // 2, 2 * latent),
        )

    def forward(self, x: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the standard deviation (N, size) of cells (N, n_voxels)."""
        seen = self.convolutions(x.view(-1, 1, *self.box))
        mean, log_variance = self.dense(torch.cat([seen, c], 1)).chunk(2, 1)
        return pad(mean, (0, self.unused)), pad(log_variance / 2, (0, self.unused))


class BoxDecoder(nn.Module):
    """Cells (N, n_voxels) of z (N, size) and c (N, 1), not negative.

    Arguments:
        box: The numbers of cells along the three axes.
        size: The size of z.
        filters: The filters of the first convolution.
        hidden: The width of the dense layers.
    """

    def __init__(self, box: Box, size: int, filters: int, hidden: int) -> None:
        super().__init__()
        start, double = tuple(n // 3 for n in box), tuple(2 * n for n in box)
        n = filters

        def normal(shape: tuple[int, ...]) -> list[nn.Module]:
            return [nn.LayerNorm(shape), nn.LeakyReLU(SLOPE)]

        def same(before: int, after: int) -> nn.Module:
            return nn.Conv3d(before, after, 3, padding=1, bias=False)

        def up(before: int, after: int, stride: int) -> nn.Module:
            options = {"padding": 1, "output_padding": stride - 1, "bias": False}
            return nn.ConvTranspose3d(before, after, 3, stride, **options)

        self.network = nn.Sequential(
            nn.Linear(size + 1, size * 3 // 2),
            nn.LeakyReLU(SLOPE),
            nn.Linear(size * 3 // 2, hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, n * start[0] * start[1] * start[2]),
            nn.LeakyReLU(SLOPE),
            nn.Unflatten(1, (n, *start)),
            *(up(n, n, 3), *normal(box)),
            *(up(n, 2 * n, 2), *normal(double)),
            *(nn.Conv3d(2 * n, n, 2, 2, bias=False), *normal(box)),
            *(same(n, 2 * n), *normal(box)),
            *(same(2 * n, 4 * n), *normal(box)),
            *(same(4 * n, 2 * n), *normal(box)),
            *(same(2 * n, 1), nn.ReLU(), nn.Flatten()),
        )

    def forward(self, z: Tensor, c: Tensor) -> Tensor:
        return self.network(torch.cat([z, c], 1))


class BoxCritic(nn.Module):
    """Scores (N, 1) of pairs of showers, high for a true one beside itself.

    Three branches see the second shower, ln(1 + x) of it, and its difference from the first one.

    Arguments:
        box: The numbers of cells along the three axes.
        filters: The filters of each convolution.
    """

    def __init__(self, box: Box, filters: int) -> None:
        super().__init__()
        self.box, half = box, filters // 2
        self.raw, self.logarithm = self._branch(filters), self._branch(filters)
        self.difference = nn.Linear(box[0] * box[1] * box[2], half)
        self.energy = nn.Linear(1, half)
        sizes, layers = [4 * half, *[2 * filters] * 3], []
        for before, after in pairwise(sizes):
            layers += [nn.Linear(before, after), nn.LeakyReLU(SLOPE)]
        # Only differences of scores count, so that a constant would never be learned.
        self.score = nn.Sequential(*layers, nn.Linear(2 * filters, 1, bias=False))

    def _branch(self, filters: int) -> nn.Sequential:
        stages, before, box = [], 1, self.box
        for stride in (2, 2, 1):
            box = tuple((n - 3) // stride + 1 for n in box)
            stages.append(nn.Conv3d(before, filters, 3, stride, bias=False))
            stages += [nn.LayerNorm(box)] if stride > 1 else []
            stages.append(nn.LeakyReLU(SLOPE))
            before = filters
        wide = filters * box[0] * box[1] * box[2]
        return nn.Sequential(
            *stages, nn.Flatten(), nn.Linear(wide, filters // 2), nn.LeakyReLU(SLOPE)
        )

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        """The scores of pairs (N, 2 n_voxels) given c (N, 1)."""
        first, second = x.chunk(2, 1)
        image = second.view(-1, 1, *self.box)
        seen = [
            self.raw(image),
            self.logarithm(image.log1p()),
            leaky_relu(self.difference(second - first), 0.01),
            leaky_relu(self.energy(c), SLOPE),
        ]
        return self.score(torch.cat(seen, 1))
