"""Take the logarithm of data that are not negative."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.kinds.base import Kind
from ultimetric.preprocessing.base import State, Step

LARGEST = math.log(1e9)  # so that outliers of a network stay finite


class Log(Step):
    """x -> ln(x + alpha), which resolves small values like the logit, but not those near one.

    Arguments:
        alpha: The number that keeps 0 finite.

    Raises:
        UserError: A value is below -alpha.
    """

    takes: ClassVar = ["values", "shapes", "unit interval"]
    gives: ClassVar = "logarithms"
    limits: ClassVar = {"alpha": "number > 0"}

    def __init__(self, kind: Kind, alpha: float = 1e-6) -> None:
        super().__init__(kind)
        self.alpha = alpha

    def forward(self, state: State, rng: torch.Generator) -> State:
        parts, log_det = [self._log(x) for x in state.parts], state.log_det
        for part in parts:
            log_det = log_det - part.sum(1)  # d ln(x + alpha) / dx = 1 / (x + alpha)
        return replace(state.with_parts(parts), log_det=log_det)

    def inverse(self, state: State) -> State:
        return state.with_parts(x.clamp(max=LARGEST).exp() - self.alpha for x in state.parts)

    def _log(self, x: Tensor) -> Tensor:
        if not (x + self.alpha > 0).all():
            raise UserError(f"log: a value of {x.min():.3g} is not above -alpha, -{self.alpha:g}")
        return (x + self.alpha).log()
