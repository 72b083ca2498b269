"""The positive control of any kind: independent truth, partly outside the range of the truth."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ultimetric.generators.controls.stored import PassedThrough
from ultimetric.kinds.base import Kind

MARGIN = 0.1  # of the span of a value, beyond the largest one of the truth


class Displaced(PassedThrough):
    """A mixture of (1 - fraction) truth and `fraction` entries whose values are all too large.

    Every value of a displaced entry is larger by a little more than the span of this value in the
    stored truth, so that the ideal AUC is 0.5 + fraction / 2. Values of 0, such as those of a jet
    that is not there, stay as they are.
    """

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        self.ideal_auc = 0.5 + card["fraction"] / 2

    def change(self, condition: Tensor, data: Tensor, rng: torch.Generator) -> Tensor:
        span = self.stored_data.amax(0) - self.stored_data.amin(0)
        displaced = torch.rand(len(data), 1, generator=rng).to(data) < self.card["fraction"]
        return torch.where(displaced & (data != 0), data + (1 + MARGIN) * span, data)
