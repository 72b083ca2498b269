"""Zero mean and unit variance, learned from the training showers."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import torch

from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.preprocessing.base import State, Step


class Standardise(Step):
    """x -> (x - mean) / std for each voxel and energy variable; a constant keeps its scale."""

    takes: ClassVar = ["shapes", "unit interval", "logits", "logarithms"]
    gives: ClassVar = "standardised"

    def __init__(self, geometry: Geometry) -> None:
        super().__init__(geometry)
        for name, size in (("voxel", geometry.n_voxels), ("layer", geometry.n_layers)):
            self.register_buffer(f"{name}_mean", torch.zeros(size, dtype=torch.float64))
            self.register_buffer(f"{name}_std", torch.ones(size, dtype=torch.float64))

    def fit(self, state: State) -> None:
        for name, x in (("voxel", state.voxels), ("layer", state.layers)):
            std = x.std(0)
            getattr(self, f"{name}_mean").copy_(x.mean(0))
            getattr(self, f"{name}_std").copy_(torch.where(std > 0, std, 1.0))

    def forward(self, state: State, rng: torch.Generator) -> State:
        log_det = state.log_det - self.voxel_std.log().sum() - self.layer_std.log().sum()
        return replace(
            state,
            voxels=(state.voxels - self.voxel_mean) / self.voxel_std,
            layers=(state.layers - self.layer_mean) / self.layer_std,
            log_det=log_det,
        )

    def inverse(self, state: State) -> State:
        return replace(
            state,
            voxels=state.voxels * self.voxel_std + self.voxel_mean,
            layers=state.layers * self.layer_std + self.layer_mean,
        )
