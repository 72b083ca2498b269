"""The positive control: independent truth with a fault that an ideal classifier finds exactly."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ultimetric.generators.controls.stored import PassedThrough
from ultimetric.generators.showers import ShowerGenerator
from ultimetric.kinds.showers.geometry import GEV
from ultimetric.kinds.showers.kind import ShowerKind

MARGIN = 1.05  # other truth may have a slightly larger response


class Planted(ShowerGenerator, PassedThrough):
    """A mixture of (1 - fraction) truth and `fraction` faulty showers.

    A faulty shower is rescaled to exactly E_tot = response E_inc, as no true shower is, so that
    the ideal AUC is 0.5 + fraction / 2. The response is that of the card, of the share of the
    incident energy that cells see, or MARGIN times the largest of the stored truth where that is
    more, so that hardly any truth lies near it. Empty showers stay as they are.
    """

    def __init__(self, card: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(card, kind)
        self.ideal_auc = 0.5 + card["fraction"] / 2

    @cached_property
    def response(self) -> float:
        """E_tot / E_inc of faulty showers."""
        totals = self.stored_data.sum(1, dtype=torch.float64) / GEV
        largest = (totals / self.stored_condition[:, 0]).max().item()
        return max(self.geometry.visible * self.card["response"], MARGIN * largest)

    def change(self, condition: Tensor, data: Tensor, rng: torch.Generator) -> Tensor:
        total = data.sum(1, keepdim=True)
        scale = self.response * GEV * condition / torch.where(total > 0, total, 1.0)
        faulty = torch.rand(len(data), 1, generator=rng).to(data) < self.card["fraction"]
        return torch.where(faulty, data * scale, data)
