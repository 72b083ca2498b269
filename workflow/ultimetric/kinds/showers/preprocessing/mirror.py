"""Replace showers by mirror images, which multiplies the training data of a symmetric detector."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import torch

from ultimetric.errors import UserError
from ultimetric.kinds.images import random_images
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.preprocessing.base import State, Step


class Mirror(Step):
    """Replace each shower by one of its images at random, all layers alike.

    The images are those under the symmetries of a centred beam perpendicular to the layers: flips
    in phi and in eta, or rotations and reflections in alpha. The step is lossy for a single
    shower, which comes back as one of its images; a distribution with these symmetries is
    unchanged.

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
        return replace(state, data=random_images(self.kind, state.condition, state.data, rng))

    def inverse(self, state: State) -> State:
        return state
