"""Rational-quadratic spline flows on zuko, the masked ones with a fast exact inverse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import torch
import zuko
from torch import Tensor
from torch.distributions import Transform
from zuko.flows.autoregressive import MaskedAutoregressiveTransform
from zuko.flows.coupling import GeneralCouplingTransform
from zuko.nn import MaskedLinear
from zuko.transforms import AutoregressiveTransform
from zuko.utils import unpack

from ultimetric.generators.splines import RQS

SLOPE = 1e-3  # smallest slope of a spline


def masked_flow(
    features: int, context: int, orders: Sequence[Tensor], bins: int, bound: float, **network: Any
) -> zuko.flows.Flow:
    """Masked autoregressive flow, p(x | c) (MAF, arXiv:1705.07057, with RQS, arXiv:1906.04032).

    Arguments:
        features, context: sizes of x and c.
        orders: position of each feature in the autoregressive order, one tensor per block.
        bins, bound: of the splines, which are the identity beyond the bound.
        network: options of zuko.nn.MaskedMLP.
    """
    spline = _spline(bins, bound)
    blocks = [
        DegreeOrderedTransform(features, context, order=order, **spline, **network)
        for order in orders
    ]
    return zuko.flows.Flow(blocks, normal(features))


def inverse_masked_flow(
    features: int, context: int, orders: Sequence[Tensor], bins: int, bound: float, **network: Any
) -> zuko.flows.Flow:
    """Inverse autoregressive flow, p(x | c) (IAF, arXiv:1606.04934), from z to x in one pass.

    Block by block the counterpart of `masked_flow`: the same splines in the same order, their
    parameters a function of what the block makes of x instead of x. Densities take the slow way.

    Arguments: those of `masked_flow`.
    """
    spline = _spline(bins, bound)
    spline["univariate"] = partial(_inverse, spline["univariate"])
    blocks = [
        DegreeOrderedTransform(features, context, order=order, **spline, **network).inv
        for order in orders
    ]
    return zuko.flows.Flow(blocks, normal(features))


def coupling_flow(
    features: int, context: int, masks: Sequence[Tensor], bins: int, bound: float, **network: Any
) -> zuko.flows.Flow:
    """Coupling flow with RQS, p(x | c); `masks` are True for the half that stays, per block."""
    spline = _spline(bins, bound)
    blocks = [
        GeneralCouplingTransform(features, context, mask=mask, **spline, **network)
        for mask in masks
    ]
    return zuko.flows.Flow(blocks, normal(features))


def half_masks(n_variables: int, n_energies: int, blocks: int) -> list[Tensor]:
    """A random half and its complement, pair after pair; True for what a block leaves alone.

    The first half of the pairs leaves the energies, which stand last, alone, so that the other
    variables are learned given them (arXiv:2312.09290).
    """
    energies = torch.arange(n_variables + n_energies) >= n_variables
    masks = halves(n_variables + n_energies, blocks)
    return [mask | (energies & (i // 2 < blocks // 4)) for i, mask in enumerate(masks)]


def _spline(bins: int, bound: float) -> dict[str, Any]:
    return {
        "univariate": partial(RQS, bound=bound, slope=SLOPE),
        "shapes": ((bins,), (bins,), (bins - 1,)),
    }


def _inverse(univariate: Callable[..., Transform], *parameters: Tensor) -> Transform:
    return univariate(*parameters).inv


def halves(features: int, blocks: int) -> list[Tensor]:
    """Masks of a random half and its complement, pair after pair; True for what stays."""
    rng = torch.Generator().manual_seed(blocks)
    masks: list[Tensor] = []
    for _ in range(-(-blocks // 2)):
        half = torch.randperm(features, generator=rng) < features // 2
        masks += [half, ~half]
    return masks[:blocks]


def normal(features: int) -> zuko.lazy.UnconditionalDistribution:
    """The latent distribution of a flow."""
    return zuko.lazy.UnconditionalDistribution(
        zuko.distributions.DiagNormal, torch.zeros(features), torch.ones(features), buffer=True
    )


class DegreeOrderedTransform(MaskedAutoregressiveTransform):
    """zuko's masked autoregressive transform, inverted at the cost of one pass.

    The textbook inverse runs the whole network once per feature. A hidden unit of degree s sees
    the first s features of the order only, so that it can be computed once, as soon as these are
    known. The units are sorted by degree; step s computes those of degree s in every layer, then
    the spline of the feature at position s. No gradient flows through the inverse.
    """

    def forward(self, c: Tensor | None = None) -> AutoregressiveTransform:
        return _Inverted(partial(self.meta, c), self.passes, partial(self.solve, c))

    @torch.no_grad()
    def solve(self, c: Tensor | None, y: Tensor) -> Tensor:
        """Return x (N, features) with y = f(x | c)."""
        features = self.order.argsort(stable=True)
        n_context = 0 if c is None else c.shape[-1]
        known = y.new_empty(*y.shape[:-1], n_context + y.shape[-1])
        if c is not None:
            known[..., :n_context] = c
        layers, last = self._sorted_layers(features, n_context)
        hidden = [y.new_empty(*y.shape[:-1], len(bias)) for _, bias, _ in layers]
        counts = torch.bincount(self.order, minlength=self.passes).cumsum(0).tolist()
        weight, bias = last
        for step, (start, stop) in enumerate(pairwise([0, *counts])):
            source, n_source = known, n_context + start
            for (w, b, ends), target in zip(layers, hidden, strict=True):
                low, high = (ends[step - 1] if step else 0), ends[step]
                if high > low:
                    x = source[..., :n_source] @ w[low:high, :n_source].T + b[low:high]
                    target[..., low:high] = self.hyper[1](x)
                source, n_source = target, high
            rows = slice(start * self.total, stop * self.total)
            phi = source[..., :n_source] @ weight[rows, :n_source].T + bias[rows]
            phi = unpack(phi.unflatten(-1, (-1, self.total)), self.shapes)
            x = self.univariate(*phi).inv(y[..., features[start:stop]])
            known[..., n_context + start : n_context + stop] = x
        return known[..., n_context + features.argsort()]

    def _sorted_layers(self, features: Tensor, n_context: int) -> tuple[list, tuple]:
        """Masked weights with units sorted by degree, and how many units end at each degree."""
        linear = [m for m in self.hyper if isinstance(m, MaskedLinear)]
        n_features = len(features)
        # Inputs: context first, then the features in their order.
        columns = torch.cat(
            [torch.arange(n_context, device=features.device) + n_features, features]
        )
        degree = torch.cat([self.order + 1, self.order.new_zeros(n_context)])
        layers = []
        for module in linear[:-1]:
            degree = (module.mask * degree).amax(1)
            rows = degree.argsort(stable=True)
            weight = (module.mask * module.weight)[rows][:, columns].contiguous()
            ends = torch.bincount(degree, minlength=self.passes).cumsum(0).tolist()
            layers.append((weight, module.bias[rows], ends))
            columns = rows
        module = linear[-1]
        rows = torch.arange(n_features * self.total, device=features.device)
        rows = rows.unflatten(0, (n_features, self.total))[features].flatten()
        weight = (module.mask * module.weight)[rows][:, columns].contiguous()
        return layers, (weight, module.bias[rows])


class _Inverted(AutoregressiveTransform):
    def __init__(
        self, meta: Callable, passes: int, solve: Callable[[Tensor], Tensor], **kwargs: Any
    ) -> None:
        super().__init__(meta, passes, **kwargs)
        self.solve = solve

    def _inverse(self, y: Tensor) -> Tensor:
        return self.solve(y)
