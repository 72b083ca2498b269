"""The truth-vs-truth baseline: independent truth as it is."""

from __future__ import annotations

import torch
from torch import Tensor

from ultimetric.generators.controls.stored import PassedThrough


class Independent(PassedThrough):
    """Independent truth, unchanged: the numbers that a perfect generator would reach."""

    def change(self, condition: Tensor, data: Tensor, rng: torch.Generator) -> Tensor:
        return data
