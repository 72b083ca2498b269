"""L2LFlows: the shapes layer by layer, each given the layers before it (arXiv:2302.11594)."""

from __future__ import annotations

from typing import Any

import torch
import zuko
from torch import Tensor, nn
from torch.distributions import Transform, constraints
from zuko.lazy import LazyTransform

from ultimetric.errors import UserError
from ultimetric.generators.factorised import FactorisedFlow, totals_flow
from ultimetric.generators.showers import ShowerGenerator
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.models.flows.build import (
    coupling_flow,
    halves,
    layered_orders,
    masked_flow,
    normal,
)


class L2LFlows(ShowerGenerator, FactorisedFlow):
    """p(u | E_inc) prod_i p(shape_i | earlier shapes, E_i, E_inc), all of spline flows.

    The flows of the shapes are masked autoregressive as in arXiv:2302.11594 or of coupling blocks
    as in arXiv:2405.20407 (there convolutional, here fully connected). Their losses are summed,
    so that all train at once.
    """

    def __init__(self, card: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(card, kind)
        self.energies = totals_flow(kind.n_totals, 1, **card["energies"])
        causal = CausalTransform(self.geometry, **card["shapes"])
        self.shapes = zuko.flows.Flow(causal, normal(kind.n_values))


class CausalTransform(LazyTransform):
    """The transform of shapes to latent numbers, layer by layer.

    Layer i sees E_inc, E_i and a summary of what came before: shapes and energies of the `memory`
    layers before it, embedded by a small network. It sees no later layer.

    Arguments:
        geometry: The geometry of the detector.
        memory: The number of layers that a layer sees.
        kind: `masked` or `coupling`.
        blocks: The number of blocks of each layer's flow.
        embedding: The widths of the embedding network; the last is the size of the summary.
        flow: Options of `masked_flow` or `coupling_flow`.

    Raises:
        UserError: The kind is neither.
    """

    def __init__(
        self,
        geometry: Geometry,
        memory: int,
        kind: str,
        blocks: int,
        embedding: list[int],
        **flow: Any,
    ) -> None:
        super().__init__()
        self.layers = geometry.slices
        self.memory = memory
        self.embeddings, self.transforms = nn.ModuleList(), nn.ModuleList()
        for i, layer in enumerate(self.layers):
            n_seen = i - self.first(i) + layer.start - self.layers[self.first(i)].start
            *hidden, size = embedding if n_seen else [0]
            self.embeddings.append(zuko.nn.MLP(n_seen, size, hidden) if n_seen else nn.Identity())
            features = layer.stop - layer.start
            if kind == "masked":
                orders = layered_orders([slice(0, features)], blocks)
                made = masked_flow(features, 2 + size, orders, **flow)
            elif kind == "coupling":
                made = coupling_flow(features, 2 + size, halves(features, blocks), **flow)
            else:
                raise UserError(f"l2lflows: kind {kind!r} is not one of masked, coupling")
            self.transforms.append(made.transform)

    def first(self, layer: int) -> int:
        """The first layer that a layer sees."""
        return max(0, layer - self.memory)

    def forward(self, c: Tensor | None = None) -> Transform:
        return _LayerByLayer(self, c)

    def layer(self, i: int, c: Tensor, before: Tensor) -> Transform:
        """Transform of layer i given log energies c (N, 1 + n_layers) and the voxels before it."""
        energies = c[..., 1:]
        first = self.first(i)
        seen = [energies[..., first:i], before[..., self.layers[first].start :]]
        summary = self.embeddings[i](torch.cat(seen, -1))
        return self.transforms[i](torch.cat([c[..., :1], energies[..., i : i + 1], summary], -1))


class _LayerByLayer(Transform):
    domain = constraints.real_vector
    codomain = constraints.real_vector
    bijective = True

    def __init__(self, causal: CausalTransform, c: Tensor) -> None:
        super().__init__()
        self.causal, self.c = causal, c

    def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
        parts = [
            self.causal.layer(i, self.c, x[..., : s.start]).call_and_ladj(x[..., s])
            for i, s in enumerate(self.causal.layers)
        ]
        z, ladj = zip(*parts, strict=True)
        return torch.cat(z, -1), sum(ladj)

    def _call(self, x: Tensor) -> Tensor:
        return self.call_and_ladj(x)[0]

    def _inverse(self, z: Tensor) -> Tensor:
        x = z[..., :0]
        for i, s in enumerate(self.causal.layers):
            x = torch.cat([x, self.causal.layer(i, self.c, x).inv(z[..., s])], -1)
        return x

    def log_abs_det_jacobian(self, x: Tensor, z: Tensor) -> Tensor:
        return self.call_and_ladj(x)[1]
