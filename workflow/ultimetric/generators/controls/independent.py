"""The truth-vs-truth baseline: independent truth as it is."""

from __future__ import annotations

import torch
from torch import Tensor

from ultimetric.generators.controls.stored import PassedThrough


class Independent(PassedThrough):
    """Truth against truth: what a perfect generator would reach in the same test."""

    def change(self, condition: Tensor, data: Tensor, rng: torch.Generator) -> Tensor:
        return data
