"""Mirror images of showers: four times the training data, as the detector is symmetric."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from ultimetric.preprocessing.base import State, Step


class Mirror(Step):
    """Flip each shower at random in phi and in eta, all layers alike.

    Lossy for a single shower, which comes back as one of its mirror images; a distribution with
    the symmetries of a centred beam perpendicular to the layers stays as it is.
    """

    takes: ClassVar = ["deposits", "shapes", "unit interval"]
    lossy = True

    def forward(self, state: State, rng: torch.Generator) -> State:
        voxels = state.voxels
        draws = torch.rand(2, len(voxels), generator=rng, device=rng.device).to(voxels.device)
        for axis, draw in enumerate(draws, start=1):
            voxels = torch.where(draw[:, None] < 0.5, self._flip(voxels, axis), voxels)
        return replace(state, voxels=voxels)

    def inverse(self, state: State) -> State:
        return state

    def _flip(self, voxels: Tensor, axis: int) -> Tensor:
        images = self.geometry.images(voxels)
        return torch.cat([image.flip(axis).flatten(1) for image in images], 1)
