"""Generators that know how much more often the truth makes a shower than their base does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.generators.built_on import BuiltOn
from ultimetric.generators.ratio import DensityRatio
from ultimetric.generators.schedule import Schedule
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.inputs import features
from ultimetric.kinds.showers.showers import Showers
from ultimetric.seeds import seed_from


class Weighted(BuiltOn):
    """Learns w = p_truth / p_base of showers from training truth and fresh showers of the base.

    The card gives `features` (inputs of the classifier), `classifier` (its network), `fresh`
    (showers of the base for each of the truth), `train_classifier`, and `clip`: weights beyond
    that quantile of the base's weights count as the quantile.
    """

    recipe = "none"

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__(card, geometry)
        empty = Showers(geometry, np.ones(1), np.zeros((1, geometry.n_voxels), np.float32))
        self.ratio = DensityRatio(self._inputs(empty).shape[1], **card["classifier"])
        self.register_buffer("largest", torch.tensor(1.0, dtype=torch.float64))

    def learn_weights(
        self, training: Showers, validation: Showers, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        """Train the classifier and set the largest weight."""
        truth = training, validation
        fresh = tuple(
            self.base.sample(self.card["fresh"] * len(part), seed_from(seed, "base", name))
            for part, name in zip(truth, ("training", "validation"), strict=True)
        )
        schedule = Schedule(**self.card["train_classifier"])
        inputs = (tuple(self._inputs(part) for part in parts) for parts in (truth, fresh))
        history = self.ratio.fit(*inputs, schedule, seed_from(seed, "classifier"), checkpoint)
        self.largest.copy_(
            self.ratio.log_ratio(self._inputs(fresh[1])).exp().quantile(self.card["clip"])
        )
        return history

    def weights(self, showers: Showers) -> Tensor:
        """w (N,), float64, not clipped."""
        return self.ratio.log_ratio(self._inputs(showers)).exp()

    def _inputs(self, showers: Showers) -> np.ndarray:
        return np.concatenate([features(name, showers) for name in self.card["features"]], 1)
