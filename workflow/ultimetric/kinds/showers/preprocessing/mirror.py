"""Mirror images of showers: four times the training data, as the detector is symmetric."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.preprocessing.base import State, Step


class Mirror(Step):
    """Flip each shower at random in phi and in eta, all layers alike.

    Lossy for a single shower, which comes back as one of its mirror images; a distribution with
    the symmetries of a centred beam perpendicular to the layers stays as it is.

    Raises:
        UserError: The detector is not symmetric.
    """

    takes: ClassVar = ["deposits", "shapes", "unit interval"]
    lossy = True
    needs_symmetries = True

    def __init__(self, kind: ShowerKind) -> None:
        super().__init__(kind)
        if not kind.symmetries():
            raise UserError(f"mirror: {kind.geometry.name} is not symmetric about its centre")

    def forward(self, state: State, rng: torch.Generator) -> State:
        voxels = state.data
        draws = torch.rand(2, len(voxels), generator=rng, device=rng.device).to(voxels.device)
        for axis, draw in enumerate(draws, start=1):
            voxels = torch.where(draw[:, None] < 0.5, self._flip(voxels, axis), voxels)
        return replace(state, data=voxels)

    def inverse(self, state: State) -> State:
        return state

    def _flip(self, voxels: Tensor, axis: int) -> Tensor:
        images = self.kind.geometry.images(voxels)
        return torch.cat([image.flip(axis).flatten(1) for image in images], 1)
