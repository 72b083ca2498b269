"""Logit of everything that lies in [0, 1]."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.preprocessing.base import State, Step


class Logit(Step):
    """x -> ln(t / (1 - t)) with t = alpha + (1 - 2 alpha) x (arXiv:1705.07057, appendix E).

    Arguments:
        alpha: keeps 0 and 1 finite; noise that was added to x must be narrower.

    Raises:
        UserError: a value leaves the range that alpha allows.
    """

    takes: ClassVar = ["unit interval"]
    gives: ClassVar = "logits"
    limits: ClassVar = {"alpha": "number in (0, 0.5)"}

    def __init__(self, geometry: Geometry, alpha: float = 1e-6) -> None:
        super().__init__(geometry)
        self.alpha = alpha

    def forward(self, state: State, rng: torch.Generator) -> State:
        voxels, voxel_log_det = self._logit(state.voxels)
        layers, layer_log_det = self._logit(state.layers)
        log_det = state.log_det + voxel_log_det + layer_log_det
        return replace(state, voxels=voxels, layers=layers, log_det=log_det)

    def inverse(self, state: State) -> State:
        scale = 1 - 2 * self.alpha
        voxels = (torch.sigmoid(state.voxels) - self.alpha) / scale
        layers = (torch.sigmoid(state.layers) - self.alpha) / scale
        return replace(state, voxels=voxels, layers=layers)

    def _logit(self, x: Tensor) -> tuple[Tensor, Tensor]:
        t = self.alpha + (1 - 2 * self.alpha) * x
        if not ((t > 0) & (t < 1)).all():
            raise UserError(
                f"logit: a value of {x.min():.3g} or {x.max():.3g} is outside what alpha "
                f"{self.alpha:g} allows; raise alpha above the width of the noise"
            )
        log_det = math.log1p(-2 * self.alpha) - (t * (1 - t)).log()
        return torch.logit(t), log_det.sum(1)
