"""Logarithm of everything that is not negative."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.preprocessing.base import State, Step

LARGEST = math.log(1e9)  # a network's outlier, finite


class Log(Step):
    """x -> ln(x + alpha): resolves small values like the logit, but not those near one.

    Arguments:
        alpha: keeps 0 finite.

    Raises:
        UserError: a value is below -alpha.
    """

    takes: ClassVar = ["shapes", "unit interval"]
    gives: ClassVar = "logarithms"
    limits: ClassVar = {"alpha": "number > 0"}

    def __init__(self, geometry: Geometry, alpha: float = 1e-6) -> None:
        super().__init__(geometry)
        self.alpha = alpha

    def forward(self, state: State, rng: torch.Generator) -> State:
        voxels, layers = self._log(state.voxels), self._log(state.layers)
        # d ln(x + alpha) / dx = 1 / (x + alpha)
        log_det = state.log_det - voxels.sum(1) - layers.sum(1)
        return replace(state, voxels=voxels, layers=layers, log_det=log_det)

    def inverse(self, state: State) -> State:
        voxels = state.voxels.clamp(max=LARGEST).exp() - self.alpha
        layers = state.layers.clamp(max=LARGEST).exp() - self.alpha
        return replace(state, voxels=voxels, layers=layers)

    def _log(self, x: Tensor) -> Tensor:
        if not (x + self.alpha > 0).all():
            raise UserError(f"log: a value of {x.min():.3g} is not above -alpha, -{self.alpha:g}")
        return (x + self.alpha).log()
