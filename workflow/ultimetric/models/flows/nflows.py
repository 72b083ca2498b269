"""The masked network of the library nflows 0.14, which CaloFlow uses (arXiv:2106.05285)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Transform
from torch.nn.utils import parametrize
from zuko.nn import MaskedLinear

from ultimetric.models.flows.masked import DegreeOrderedTransform
from ultimetric.models.flows.masked_linear import QuickMaskedLinear


class NflowsTransform(DegreeOrderedTransform):
    """A masked transform whose network gets the context as that of nflows does.

    The context goes through a linear layer and a ReLU of its own, and is added to the first hidden
    layer before the activation; dropout follows every hidden layer but the first. In nflows no
    unit sees the context alone, so that the first feature of a block does not depend on it; here
    it does.

    Arguments:
        features, context: The sizes of x and c.
        hidden_features: The widths of the hidden layers.
        dropout: The share of hidden units that is dropped in training.
        options: Those of zuko.flows.MaskedAutoregressiveTransform.
    """

    def __init__(
        self,
        features: int,
        context: int,
        hidden_features: Sequence[int],
        dropout: float = 0.0,
        **options: Any,
    ) -> None:
        width = hidden_features[0]
        super().__init__(features, width, hidden_features=hidden_features, **options)
        self.context = nn.Sequential(nn.Linear(context, width), nn.ReLU())
        first, *others = self.hyper
        parts = [_with_added(first.mask[:, :features])]
        for before, part in zip(self.hyper, others, strict=False):
            parts.append(part)
            if before is not first and isinstance(before, MaskedLinear):
                parts.append(nn.Dropout(dropout))
        self.hyper = nn.Sequential(*parts)

    def forward(self, c: Tensor) -> Transform:
        return super().forward(self.context(c))

    def raw(self, c: Tensor, x: Tensor) -> Tensor:
        return super().raw(self.context(c), x)


class _BesideOnes(nn.Module):
    """A weight (units, features), and beside it a one for each unit."""

    def forward(self, weight: Tensor) -> Tensor:
        return torch.cat([weight, torch.eye(len(weight)).to(weight)], 1)


def _with_added(mask: Tensor) -> MaskedLinear:
    """A masked layer of features, to each unit of which one further input is added as it is."""
    units, features = mask.shape
    layer = QuickMaskedLinear(mask)
    layer.mask = torch.cat([mask, torch.eye(units, dtype=torch.bool)], 1)
    layer.in_features = features + units
    parametrize.register_parametrization(layer, "weight", _BesideOnes(), unsafe=True)
    return layer
