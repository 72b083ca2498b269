"""ParticleNet-Lite (arXiv:1902.08570) as in arXiv:2305.16774: a graph network on clouds."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ultimetric.classifiers.ensemble import Task
from ultimetric.classifiers.heads import Head
from ultimetric.classifiers.module_ensemble import ModuleEnsemble
from ultimetric.classifiers.trained import Trained
from ultimetric.kinds.layout import Layout

MOMENTUM, EPSILON = 0.1, 1e-5  # of batch normalisation, as torch has them


class Particlenet(Trained):
    """Edge convolutions on points: the particles of a jet, or the brightest voxels of a shower.

    `Layout.clouds` gives the points and their features. Absent points are ignored: they are no
    neighbours, and batch normalisation does not count them. Other inputs are whitened and join
    before the last dense layers. Keys of a card besides those of `Trained` are `points`, the
    largest number of voxels of a shower; `edges`, the `neighbours` and `widths` of each
    convolution; `head`, the widths of dense layers; `dropout`; and `together`, the number of
    networks that are evaluated at once.

    Raises:
        UserError: The inputs are no points, as voxels and particles are.
    """

    def _ensemble(self, x: np.ndarray, task: Task) -> ModuleEnsemble:
        clouds = (self.layout or Layout()).clouds(x, self.card["points"])
        present = clouds.present[..., None]
        points = np.concatenate([present, clouds.places, clouds.features], axis=2)
        shape = len(clouds.places[0]), clouds.places.shape[2], clouds.features.shape[2]
        return ModuleEnsemble(
            np.concatenate([points.reshape(len(x), -1), clouds.others], 1).astype(np.float32),
            task,
            partial(CloudNetwork, self.card, shape),
            self.card["together"],
        )


class CloudNetwork(nn.Module):
    """Edge convolutions, the mean over points, dense layers.

    The neighbours of the first convolution are near in space, those of the others near in the
    features that the convolution before has found. The mean counts absent points as zeros.

    Arguments:
        card: The card, as of `Particlenet`.
        shape: The numbers of points, of coordinates, and of features.
        training: The inputs of the training showers (n, D): for each point whether it is present,
            its position and its features; then the other inputs.
    """

    def __init__(
        self, card: dict[str, Any], shape: tuple[int, int, int], training: Tensor
    ) -> None:
        super().__init__()
        self.shape = shape
        points, _, width = shape
        self.norm = MaskedNorm(width)
        self.edges = nn.ModuleList()
        for layer in card["edges"]:
            self.edges.append(
                EdgeConvolution(width, layer["widths"], min(layer["neighbours"], points - 1))
            )
            width = layer["widths"][-1]
        self.head = Head(width, self._parts(training)[1], card["head"], card["dropout"])

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Points (n, P, 1 + C + F) and the other inputs (n, D)."""
        points, coordinates, features = self.shape
        size = points * (1 + coordinates + features)
        return x[:, :size].reshape(len(x), points, -1), x[:, size:]

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n,) of inputs (n, D)."""
        points, others = self._parts(x)
        present, places, features = points.split((1, *self.shape[1:]), 2)
        features = self.norm(features, present)
        for i, edge in enumerate(self.edges):
            features = edge(features if i else places, features, present)
        return self.head((features * present).mean(1), others)


class EdgeConvolution(nn.Module):
    """A dense network on each pair of neighbours, its mean over them, and a shortcut.

    Arguments:
        n_in: The number of features of a point.
        widths: The widths of the layers, which have no bias.
        neighbours: The number of nearest neighbours of a point; there are fewer if fewer are
            present.
    """

    def __init__(self, n_in: int, widths: list[int], neighbours: int) -> None:
        super().__init__()
        self.neighbours = neighbours
        # Sees a point x_i, and x_j - x_i of its neighbour.
        self.first = nn.Linear(2 * n_in, widths[0], bias=False)
        self.layers = nn.ModuleList(nn.Linear(*both, bias=False) for both in pairwise(widths))
        self.norms = nn.ModuleList(MaskedNorm(width) for width in widths)
        self.shortcut = nn.Linear(n_in, widths[-1], bias=False)
        self.shortcut_norm = MaskedNorm(widths[-1])

    def forward(self, places: Tensor, x: Tensor, present: Tensor) -> Tensor:
        """Features (n, P, F) of points at places (n, P, C), present (n, P, 1) as ones."""
        nearest = self._nearest(places, present)
        # Where fewer than k others are present, a point may be listed as its own neighbour.
        itself = torch.arange(places.shape[1], device=places.device)[:, None]
        there = present * _at(present, nearest).squeeze(3) * (nearest != itself)
        # As a product per pair would give, with one product per point.
        own, other = self.first.weight.chunk(2, 1)
        edges = F.linear(x, own - other)[:, :, None] + _at(F.linear(x, other), nearest)
        for i, norm in enumerate(self.norms):
            edges = F.relu(norm(self.layers[i - 1](edges) if i else edges, there[..., None]))
        share = there / there.sum(2, keepdim=True).clamp(min=1)
        found = (edges * share[..., None]).sum(2)
        return F.relu(found + self.shortcut_norm(self.shortcut(x), present))

    @torch.no_grad()
    def _nearest(self, places: Tensor, present: Tensor) -> Tensor:
        """Numbers (n, P, k) of the nearest other points, absent ones last."""
        squares = places.square().sum(2)
        distances = squares[:, None] + squares[:, :, None] - 2 * places @ places.transpose(1, 2)
        itself = torch.eye(places.shape[1], dtype=torch.bool, device=places.device)
        far = itself | (present.transpose(1, 2) == 0)
        return distances.masked_fill(far, torch.inf).topk(self.neighbours, largest=False).indices


class MaskedNorm(nn.Module):
    """Batch normalisation of the last dimension, over what is present."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.register_buffer("running_mean", torch.zeros(width))
        self.register_buffer("running_var", torch.ones(width))

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """x (..., F), present (..., 1) as ones."""
        mean, var = self.running_mean, self.running_var
        if self.training:
            # As matrix products: sums over large tensors would take most of the time.
            share = (present / present.sum().clamp(min=1)).flatten()
            flat = x.flatten(0, -2)
            mean = share @ flat
            var = (share @ flat.square() - mean.square()).clamp(min=0)
            for running, now in ((self.running_mean, mean), (self.running_var, var)):
                running.mul_(1 - MOMENTUM).add_(MOMENTUM * now.detach())
        scale = self.weight * (var + EPSILON).rsqrt()
        return torch.addcmul(self.bias - mean * scale, x, scale)


def _at(x: Tensor, rows: Tensor) -> Tensor:
    """x (n, P, F) at points (n, P, k): (n, P, k, F)."""
    flat = rows.flatten(1)[..., None].expand(-1, -1, x.shape[2])
    return x.gather(1, flat).unflatten(1, rows.shape[1:])
