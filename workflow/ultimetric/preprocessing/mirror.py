"""Replace entries by their images under symmetries, which multiplies the training data."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import torch

from ultimetric.kinds.base import Kind
from ultimetric.kinds.images import random_images
from ultimetric.preprocessing.base import State, Step


class Mirror(Step):
    """Replace each entry by one of its images at random.

    The images are those under the symmetries of the kind: of showers in a centred detector flips
    in phi and in eta, or rotations and reflections in alpha, all layers alike; of events mirror
    images and rotations about the beam. The step is lossy for a single entry, which comes back as
    one of its images; a distribution with these symmetries is unchanged.

    Raises:
        UserError: The kind has no symmetries.
    """

    takes: ClassVar = ["deposits", "momenta", "values", "shapes", "unit interval"]
    lossy = True
    needs_symmetries = True

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        kind.refuse_without_symmetries("mirror")

    def forward(self, state: State, rng: torch.Generator) -> State:
        return replace(state, data=random_images(self.kind, state.condition, state.data, rng))

    def inverse(self, state: State) -> State:
        return state
