"""Take the logit of data in [0, 1]."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.kinds.base import Kind
from ultimetric.preprocessing.base import State, Step


class Logit(Step):
    """x -> ln(t / (1 - t)) with t = alpha + (1 - 2 alpha) x (arXiv:1705.07057, appendix E).

    Arguments:
        alpha: The number that keeps 0 and 1 finite; noise that was added to x must be narrower.

    Raises:
        UserError: A value leaves the range that alpha allows.
    """

    takes: ClassVar = ["unit interval"]
    gives: ClassVar = "logits"
    limits: ClassVar = {"alpha": "number in (0, 0.5)"}

    def __init__(self, kind: Kind, alpha: float = 1e-6) -> None:
        super().__init__(kind)
        self.alpha = alpha

    def forward(self, state: State, rng: torch.Generator) -> State:
        parts, log_dets = zip(*(self._logit(x) for x in state.parts), strict=True)
        return replace(state.with_parts(parts), log_det=sum(log_dets, start=state.log_det))

    def inverse(self, state: State) -> State:
        scale = 1 - 2 * self.alpha
        return state.with_parts((torch.sigmoid(x) - self.alpha) / scale for x in state.parts)

    def _logit(self, x: Tensor) -> tuple[Tensor, Tensor]:
        t = self.alpha + (1 - 2 * self.alpha) * x
        if not ((t > 0) & (t < 1)).all():
            raise UserError(
                f"logit: a value of {x.min():.3g} or {x.max():.3g} is outside what alpha "
                f"{self.alpha:g} allows; raise alpha above the width of the noise"
            )
        log_det = math.log1p(-2 * self.alpha) - (t * (1 - t)).log()
        return torch.logit(t), log_det.sum(1)
