"""Rational-quadratic spline flows on zuko, the masked ones with a fast exact inverse."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
import zuko
from torch import Tensor
from zuko.flows.coupling import GeneralCouplingTransform

from ultimetric.models.flows.masked import DegreeOrderedTransform, Inverse
from ultimetric.models.flows.nflows import NflowsTransform
from ultimetric.models.flows.splines import RQS

SLOPE = 1e-3  # smallest slope of a spline
NETWORKS = {"zuko": DegreeOrderedTransform, "nflows": NflowsTransform}


def masked_flow(
    features: int,
    context: int,
    orders: Sequence[Tensor],
    bins: int,
    bound: float,
    slope: float = SLOPE,
    network: str = "zuko",
    **options: Any,
) -> zuko.flows.Flow:
    """Masked autoregressive flow, p(x | c) (MAF, arXiv:1705.07057, with RQS, arXiv:1906.04032).

    Arguments:
        features, context: The sizes of x and c.
        orders: The position of each feature in the autoregressive order, one tensor per block.
        bins, bound, slope: The bins of the splines, the bound beyond which they are the identity,
            and their smallest slope, of which the largest is the inverse.
        network: The library whose masked networks they have, zuko or nflows.
        options: Those of the networks: of zuko.nn.MaskedMLP, or of `NflowsTransform`.
    """
    spline, transform = _spline(bins, bound, slope), NETWORKS[network]
    blocks = [transform(features, context, order=order, **spline, **options) for order in orders]
    return zuko.flows.Flow(blocks, normal(features))


def inverse_masked_flow(
    features: int,
    context: int,
    orders: Sequence[Tensor],
    bins: int,
    bound: float,
    slope: float = SLOPE,
    network: str = "zuko",
    **options: Any,
) -> zuko.flows.Flow:
    """Inverse autoregressive flow, p(x | c) (IAF, arXiv:1606.04934), from z to x in one pass.

    Block by block the counterpart of `masked_flow`: the same splines in the same order, their
    parameters a function of the block's output instead of its input x. Densities need one pass
    per feature.

    Arguments: those of `masked_flow`.
    """
    spline, transform = _spline(bins, bound, slope), NETWORKS[network]
    spline["univariate"] = Inverse(spline["univariate"])
    blocks = [
        transform(features, context, order=order, **spline, **options).inv for order in orders
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


def half_masks(n_values: int, n_totals: int, blocks: int) -> list[Tensor]:
    """A random half and its complement, pair after pair; True for what a block leaves alone.

    The first half of the pairs leaves the totals, which stand last, alone, so that the other
    variables are learned given them. This is ours: `halves` treat all variables alike.
    """
    totals = torch.arange(n_values + n_totals) >= n_values
    masks = halves(n_values + n_totals, blocks)
    return [mask | (totals & (i // 2 < blocks // 4)) for i, mask in enumerate(masks)]


def layered_orders(
    layers: list[slice] | tuple[slice, ...], blocks: int, reverse: bool = True
) -> list[Tensor]:
    """Orders that keep the layers in sequence: reversed inside each, then permuted, and so on;
    without `reverse` permuted each time.
    """
    rng = torch.Generator().manual_seed(blocks)
    orders = []
    order = torch.arange(layers[-1].stop)
    for block in range(blocks):
        orders.append(order)
        parts = []
        for layer in layers:
            inside = order[layer]
            random = torch.randperm(len(inside), generator=rng)
            parts.append(inside.flip(0) if reverse and block % 2 == 0 else inside[random])
        order = torch.cat(parts)
    return orders


def _spline(bins: int, bound: float, slope: float = SLOPE) -> dict[str, Any]:
    return {
        "univariate": partial(RQS, bound=bound, slope=slope),
        "shapes": ((3 * bins - 1,),),
    }


def halves(features: int, blocks: int) -> list[Tensor]:
    """Masks of a random half and its complement, pair after pair; True for what stays."""
    rng = torch.Generator().manual_seed(blocks)
    masks: list[Tensor] = []
    for _ in range(-(-blocks // 2)):
        half = torch.randperm(features, generator=rng) < features // 2
        masks += [half, ~half]
    return masks[:blocks]


def random_halves(features: int, blocks: int) -> list[Tensor]:
    """Masks of random halves, one independent of the other; True for what stays."""
    rng = torch.Generator().manual_seed(blocks)
    return [torch.randperm(features, generator=rng) < features // 2 for _ in range(blocks)]


def normal(features: int) -> zuko.lazy.UnconditionalDistribution:
    """The latent distribution of a flow."""
    return zuko.lazy.UnconditionalDistribution(
        zuko.distributions.DiagNormal, torch.zeros(features), torch.ones(features), buffer=True
    )
