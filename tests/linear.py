"""A generator that adds noise to the incident energy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from ultimetric.generators.latent import LatentGenerator
from ultimetric.kinds.base import Kind
from ultimetric.kinds.showers.kind import Showers


class Linear(LatentGenerator):
    """Every voxel is the incident energy plus one latent number, in MeV."""

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        self.latent_size = 2

    def learn(self, training: Showers, validation: Showers, seed: int, checkpoint: Path | None):
        return []

    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        return (condition + 10 + z[:, :1].double()).expand(-1, self.kind.n_values)

    def log_prob(self, showers: Showers, seed: int) -> np.ndarray:
        return -showers.condition[:, 0]
