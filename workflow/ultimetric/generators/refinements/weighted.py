"""Generators that learn the weights of their base's entries, p_truth / p_base."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.events import Entries
from ultimetric.forms.names import one_of
from ultimetric.generators.built_on import BuiltOn
from ultimetric.generators.refinements.ratio import DensityRatio
from ultimetric.generators.refinements.ratio_networks import NETWORKS
from ultimetric.kinds.base import Kind
from ultimetric.observed import inputs_of
from ultimetric.seeds import seed_from
from ultimetric.training.schedule import Schedule


class Weighted(BuiltOn):
    """A generator with weights w = p_truth / p_base, learned from truth and fresh entries.

    The card gives `inputs` of the classifier, `classifier` (its `architecture`, `perceptron` or
    `resnet`, and the options of that), `fresh` (entries of the base for each of the truth),
    `train_classifier`, and `clip`: weights beyond that quantile of the base's weights count as the
    quantile.

    Raises:
        UserError: The network is not known, or needs images, and the first of the inputs has none.
    """

    recipe = "none"

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        self.ratio = self._untrained()
        self.register_buffer("largest", torch.tensor(1.0, dtype=torch.float64))

    def learn_weights(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        """Train the classifier and set the largest weight."""
        truth, fresh = zip(
            self._classes(training, "training", seed),
            self._classes(validation, "validation", seed),
            strict=True,
        )
        history = self.ratio.fit(
            tuple(map(self._inputs, truth)),
            tuple(map(self._inputs, fresh)),
            Schedule(**self.card["train_classifier"]),
            seed_from(seed, "classifier"),
            checkpoint,
        )
        self.largest.copy_(self.weights(fresh[1]).quantile(self.card["clip"]))
        return history

    def weights(self, entries: Entries) -> Tensor:
        """w (N,), float64, not clipped."""
        return self.ratio.log_ratio(self._inputs(entries)).exp()

    def _untrained(self) -> DensityRatio:
        values = np.zeros((1, self.kind.n_values), np.float32)
        empty = self.kind.entries(np.ones((1, self.kind.n_conditions)), values)
        options = dict(self.card["classifier"])
        name = options.pop("architecture")
        one_of(name, NETWORKS, "classifier.architecture")
        layout = self.kind.inputs[self.card["inputs"][0]].layout(self.kind)
        return DensityRatio(NETWORKS[name](self._inputs(empty).shape[1], layout, **options))

    def _inputs(self, entries: Entries) -> np.ndarray:
        """The inputs (N, D) of the classifier."""
        return np.concatenate([inputs_of(name, entries) for name in self.card["inputs"]], 1)

    def _classes(self, truth: Entries, name: str, seed: int) -> tuple[Entries, Entries]:
        """A part of the truth and fresh entries of the base, as the classifier sees them."""
        n = self.card["fresh"] * len(truth)
        return truth, self.base.sample(n, seed_from(seed, "base", name))
