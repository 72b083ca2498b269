"""ParticleNet-Lite (arXiv:1902.08570) as in arXiv:2305.16774: a graph network on clouds."""

from __future__ import annotations

from collections.abc import Callable
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
CUT_WIDTH = 0.8796256610342398  # the width of a unit normal distribution cut at +-2
FAR = 1e30  # the squared distance of absent points


class Particlenet(Trained):
    """Edge convolutions on points: the particles of a jet, or the brightest voxels of a shower.

    `Layout.clouds` gives the points and their features. Absent points are ignored: they are no
    neighbours, and batch normalisation does not count them. Other inputs are whitened and join
    before the last dense layers. Keys of a card besides those of `Trained` are `points`, the
    largest number of voxels of a shower; `edges`, the `neighbours` and `widths` of each
    convolution; `head`, the widths of dense layers; `dropout`; and `together`, the number of
    networks that are evaluated at once. As the published code has them, but not by default, are
    `padding`, the number of points that every cloud is filled up to, where absent points count as
    points at 0 that are far from all present ones; `outputs` (1 or 2, see `Head`); `norm`, the
    `momentum` and `epsilon` of batch normalisation; and `start: keras`, Keras's initial weights.

    Raises:
        UserError: The inputs are no points, as voxels and particles are.
    """

    def _ensemble(self, x: np.ndarray, task: Task) -> ModuleEnsemble:
        clouds = (self.layout or Layout()).clouds(x, self.card["points"])
        present = clouds.present[..., None]
        points = np.concatenate([present, clouds.places, clouds.features], axis=2)
        if most := self.card.get("padding"):
            # All absent points are alike: one stands for them.
            points = np.pad(points[:, :most], ((0, 0), (0, 1), (0, 0)))
        shape = points.shape[1], clouds.places.shape[2], clouds.features.shape[2]
        return ModuleEnsemble(
            np.concatenate([points.reshape(len(x), -1), clouds.others], 1).astype(np.float32),
            task,
            partial(CloudNetwork, self.card, shape),
            self.card["together"],
        )


class CloudNetwork(nn.Module):
    """Edge convolutions, the mean over points, dense layers.

    The neighbours of the first convolution are near in space, those of the others near in the
    features that the convolution before has found. The mean counts absent points as zeros. With
    `padding`, the last point is absent and stands for all absent ones.

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
        self.padding = card.get("padding")
        norm = partial(MaskedNorm, **card.get("norm", {}))
        self.norm = norm(width)
        self.edges = nn.ModuleList()
        for layer in card["edges"]:
            neighbours = min(layer["neighbours"], points - 1)
            padded = self.padding is not None
            self.edges.append(EdgeConvolution(width, layer["widths"], neighbours, padded, norm))
            width = layer["widths"][-1]
        self.head = Head(
            width,
            self._parts(training)[1],
            card["head"],
            card["dropout"],
            outputs=card.get("outputs", 1),
        )
        if card.get("start") == "keras":
            keras_start(self)

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Points (n, P, 1 + C + F) and the other inputs (n, D)."""
        points, coordinates, features = self.shape
        size = points * (1 + coordinates + features)
        return x[:, :size].reshape(len(x), points, -1), x[:, size:]

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n,) of inputs (n, D)."""
        points, others = self._parts(x)
        present, places, features = points.split((1, *self.shape[1:]), 2)
        counted = present
        if self.padding is not None:
            absent = self.padding - present.sum(1, keepdim=True)
            counted = torch.cat([present[:, :-1], absent], 1)
        features = self.norm(features, counted)
        for i, edge in enumerate(self.edges):
            features = edge(features if i else places, features, present, counted)
        found = features * present
        mean = found.mean(1) if self.padding is None else found.sum(1) / self.padding
        return self.head(mean, others)


class EdgeConvolution(nn.Module):
    """A dense network on each pair of neighbours, its mean over them, and a shortcut.

    Arguments:
        n_in: The number of features of a point.
        widths: The widths of the layers, which have no bias.
        neighbours: The number of nearest neighbours of a point; there are fewer if fewer are
            present.
        padded: Whether absent points are neighbours too, the farthest ones.
        norm: The function that makes the normalisation of so many features.
    """

    def __init__(
        self,
        n_in: int,
        widths: list[int],
        neighbours: int,
        padded: bool = False,
        norm: Callable[[int], MaskedNorm] | None = None,
    ) -> None:
        super().__init__()
        norm = norm or MaskedNorm
        self.neighbours, self.padded = neighbours, padded
        # Sees a point x_i, and x_j - x_i of its neighbour.
        self.first = nn.Linear(2 * n_in, widths[0], bias=False)
        self.layers = nn.ModuleList(nn.Linear(*both, bias=False) for both in pairwise(widths))
        self.norms = nn.ModuleList(norm(width) for width in widths)
        self.shortcut = nn.Linear(n_in, widths[-1], bias=False)
        self.shortcut_norm = norm(widths[-1])

    def forward(
        self, places: Tensor, x: Tensor, present: Tensor, counted: Tensor | None = None
    ) -> Tensor:
        """Features (n, P, F) of points at places (n, P, C), present (n, P, 1) as ones.

        `counted` (n, P, 1) is the number of points that each stands for, by default `present`.
        """
        counted = present if counted is None else counted
        nearest = self._nearest(places, present)
        itself = torch.arange(places.shape[1], device=places.device)[:, None]
        if self.padded:
            # Absent points are alike, so that one is as good a neighbour of another as itself.
            nearest = torch.where(present > 0, nearest, itself)
            there = counted.expand(nearest.shape)
            share = torch.full_like(there, 1 / self.neighbours)
        else:
            # Where fewer than k others are present, a point may be listed as its own neighbour.
            there = present * _at(present, nearest).squeeze(3) * (nearest != itself)
            share = there / there.sum(2, keepdim=True).clamp(min=1)
        # As a product per pair would give, with one product per point.
        own, other = self.first.weight.chunk(2, 1)
        edges = F.linear(x, own - other)[:, :, None] + _at(F.linear(x, other), nearest)
        for i, norm in enumerate(self.norms):
            edges = F.relu(norm(self.layers[i - 1](edges) if i else edges, there[..., None]))
        found = (edges * share[..., None]).sum(2)
        return F.relu(found + self.shortcut_norm(self.shortcut(x), counted))

    @torch.no_grad()
    def _nearest(self, places: Tensor, present: Tensor) -> Tensor:
        """Numbers (n, P, k) of the nearest other points, absent ones last."""
        squares = places.square().sum(2)
        distances = squares[:, None] + squares[:, :, None] - 2 * places @ places.transpose(1, 2)
        itself = torch.eye(places.shape[1], dtype=torch.bool, device=places.device)
        absent = present.transpose(1, 2) == 0
        far = distances.masked_fill(absent, FAR).masked_fill(itself, torch.inf)
        return far.topk(self.neighbours, largest=False).indices


class MaskedNorm(nn.Module):
    """Batch normalisation of the last dimension, over what is present."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, width: int, momentum: float = MOMENTUM, epsilon: float = EPSILON) -> None:
        super().__init__()
        self.momentum, self.epsilon = momentum, epsilon
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.register_buffer("running_mean", torch.zeros(width))
        self.register_buffer("running_var", torch.ones(width))

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """x (..., F), present (..., 1) as ones, or the number of points that each stands for."""
        mean, var = self.running_mean, self.running_var
        if self.training:
            # As matrix products: sums over large tensors would take most of the time.
            share = (present / present.sum().clamp(min=1)).flatten()
            flat = x.flatten(0, -2)
            mean = share @ flat
            var = (share @ flat.square() - mean.square()).clamp(min=0)
            for running, now in ((self.running_mean, mean), (self.running_var, var)):
                running.mul_(1 - self.momentum).add_(self.momentum * now.detach())
        scale = self.weight * (var + self.epsilon).rsqrt()
        return torch.addcmul(self.bias - mean * scale, x, scale)


def keras_start(network: CloudNetwork) -> None:
    """Initial weights as Keras draws them for the published network; biases are 0."""
    for module in network.modules():
        if isinstance(module, nn.Linear):
            if module.bias is None:  # convolutions: a normal distribution, cut at two widths
                std = (2 / sum(module.weight.shape)) ** 0.5 / CUT_WIDTH
                nn.init.trunc_normal_(module.weight, std=std, a=-2 * std, b=2 * std)
            else:
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)


def _at(x: Tensor, rows: Tensor) -> Tensor:
    """x (n, P, F) at points (n, P, k): (n, P, k, F)."""
    flat = rows.flatten(1)[..., None].expand(-1, -1, x.shape[2])
    return x.gather(1, flat).unflatten(1, rows.shape[1:])
