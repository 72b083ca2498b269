"""What a preprocessing recipe does by itself: independent truth there and back, no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ultimetric.generators.stored import PassedThrough
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.showers import Showers
from ultimetric.preprocessing.base import Chain, State


class Roundtrip(PassedThrough):
    """The best that any generator behind this preprocessing can do."""

    recipe = "any"

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__(card, geometry)
        self.chain = Chain(card["preprocessing"], geometry)

    def learn(
        self, training: Showers, validation: Showers, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        history = super().learn(training, validation, seed, checkpoint)
        state = State(self.stored_energy, self.stored_voxels.double())
        self.chain.fit(state, torch.Generator().manual_seed(seed))
        return history

    def change(self, energy: Tensor, voxels: Tensor, rng: torch.Generator) -> Tensor:
        return self.chain.inverse(self.chain(State(energy, voxels), rng)).voxels
