"""Generators that learn the weights of their base's entries, p_truth / p_base."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.events import Entries
from ultimetric.generators.built_on import BuiltOn
from ultimetric.generators.refinements.ratio import DensityRatio
from ultimetric.kinds.base import Kind
from ultimetric.observed import inputs_of
from ultimetric.seeds import seed_from
from ultimetric.training.schedule import Schedule


class Weighted(BuiltOn):
    """A generator with weights w = p_truth / p_base, learned from truth and fresh entries.

    The card gives `inputs` of the classifier, `classifier` (its network), `fresh`
    (entries of the base for each of the truth), `train_classifier`, and `clip`: weights beyond
    that quantile of the base's weights count as the quantile.
    """

    recipe = "none"

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        values = np.zeros((1, kind.n_values), np.float32)
        empty = kind.entries(np.ones((1, kind.n_conditions)), values)
        self.ratio = DensityRatio(self._inputs(empty).shape[1], **card["classifier"])
        self.register_buffer("largest", torch.tensor(1.0, dtype=torch.float64))

    def learn_weights(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
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

    def weights(self, entries: Entries) -> Tensor:
        """w (N,), float64, not clipped."""
        return self.ratio.log_ratio(self._inputs(entries)).exp()

    def _inputs(self, entries: Entries) -> np.ndarray:
        return np.concatenate([inputs_of(name, entries) for name in self.card["inputs"]], 1)
