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
from ultimetric.models.flows.splines import RQS

SLOPE = 1e-3  # smallest slope of a spline


def masked_flow(
    features: int, context: int, orders: Sequence[Tensor], bins: int, bound: float, **network: Any
) -> zuko.flows.Flow:
    """Masked autoregressive flow, p(x | c) (MAF, arXiv:1705.07057, with RQS, arXiv:1906.04032).

    Arguments:
        features, context: The sizes of x and c.
        orders: The position of each feature in the autoregressive order, one tensor per block.
        bins, bound: The bins and the bound of the splines, which are the identity beyond it.
        network: Options of zuko.nn.MaskedMLP.
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
    parameters a function of the block's output instead of its input x. Densities need one pass
    per feature.

    Arguments: those of `masked_flow`.
    """
    spline = _spline(bins, bound)
    spline["univariate"] = Inverse(spline["univariate"])
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


def half_masks(n_values: int, n_totals: int, blocks: int) -> list[Tensor]:
    """A random half and its complement, pair after pair; True for what a block leaves alone.

    The first half of the pairs leaves the totals, which stand last, alone, so that the other
    variables are learned given them (arXiv:2312.09290).
    """
    totals = torch.arange(n_values + n_totals) >= n_values
    masks = halves(n_values + n_totals, blocks)
    return [mask | (totals & (i // 2 < blocks // 4)) for i, mask in enumerate(masks)]


def layered_orders(layers: list[slice] | tuple[slice, ...], blocks: int) -> list[Tensor]:
    """Orders that keep the layers in sequence: reversed inside each, then permuted, and so on."""
    rng = torch.Generator().manual_seed(blocks)
    orders = []
    order = torch.arange(layers[-1].stop)
    for block in range(blocks):
        orders.append(order)
        parts = []
        for layer in layers:
            inside = order[layer]
            random = torch.randperm(len(inside), generator=rng)
            parts.append(inside.flip(0) if block % 2 == 0 else inside[random])
        order = torch.cat(parts)
    return orders


def _spline(bins: int, bound: float) -> dict[str, Any]:
    return {
        "univariate": partial(RQS, bound=bound, slope=SLOPE),
        "shapes": ((bins,), (bins,), (bins - 1,)),
    }


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
