"""Generators that learn the weights of their base's entries, p_truth / p_base."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from ultimetric.events import Entries, concatenate
from ultimetric.generators.built_on import BuiltOn
from ultimetric.generators.refinements.ratio import DensityRatio
from ultimetric.kinds.base import Kind
from ultimetric.kinds.images import images
from ultimetric.observed import inputs_of
from ultimetric.seeds import seed_from
from ultimetric.training.schedule import Schedule


class Weighted(BuiltOn):
    """A generator with weights w = p_truth / p_base, learned from truth and fresh entries.

    The card gives `inputs` of the classifier, `classifier` (its network), `fresh` (entries of the
    base for each of the truth), `train_classifier`, and `clip`: weights beyond that quantile of
    the base's weights count as the quantile. A card may have a `second` classifier with `inputs`,
    `classifier` and `train_classifier` of its own: log w is then a sum of both logits, combined by
    logistic regression on the validation. With `mirror: true` they learn from random images of the
    entries under the symmetries of the kind, as many of each entry of the truth as there are fresh
    entries for it.

    Raises:
        UserError: The card says `mirror`, and the kind has no symmetries.
    """

    recipe = "none"

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        self.mirror = card.get("mirror", False)
        if self.mirror:
            kind.refuse_without_symmetries("mirror")
        self.parts = [card, card["second"]] if "second" in card else [card]
        self.ratios = nn.ModuleList(map(self._untrained, self.parts))
        # log w is the sum of the logits times these, plus the last one.
        start = torch.tensor([1.0] * len(self.parts) + [0.0], dtype=torch.float64)
        self.register_buffer("factors", start)
        self.register_buffer("largest", torch.tensor(1.0, dtype=torch.float64))

    def learn_weights(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        """Train the classifiers and set the largest weight."""
        learned, kept = (
            self._classes(truth, name, seed)
            for truth, name in ((training, "training"), (validation, "validation"))
        )
        history: list[dict[str, Any]] = []
        for k, (part, ratio) in enumerate(zip(self.parts, self.ratios, strict=True)):
            name = "second" if k else "classifier"
            inputs = (
                tuple(_inputs(part, entries) for entries in of_class)
                for of_class in zip(learned, kept, strict=True)
            )
            schedule = Schedule(**part["train_classifier"])
            history += ratio.fit(*inputs, schedule, seed_from(seed, name), checkpoint, name)
        if len(self.parts) > 1:
            self._combine(*kept)
        self.largest.copy_(self.weights(kept[1]).quantile(self.card["clip"]))
        return history

    def weights(self, entries: Entries) -> Tensor:
        """w (N,), float64, not clipped."""
        logits = self._logits(entries)
        return (logits @ self.factors[:-1] + self.factors[-1]).exp()

    def _combine(self, truth: Entries, fresh: Entries) -> None:
        """Fit the factors to the validation, both classes with the same total weight."""
        logits = torch.cat([self._logits(truth), self._logits(fresh)]).cpu().numpy()
        label = np.repeat([1, 0], [len(truth), len(fresh)])
        model = LogisticRegression(C=np.inf, class_weight="balanced", tol=1e-8)
        model.fit(logits, label)
        self.factors.copy_(torch.tensor([*model.coef_[0], model.intercept_[0]]))

    def _logits(self, entries: Entries) -> Tensor:
        """The calibrated logit of each classifier (N, classifiers)."""
        both = zip(self.ratios, self.parts, strict=True)
        return torch.stack([ratio.log_ratio(_inputs(part, entries)) for ratio, part in both], 1)

    def _untrained(self, part: dict[str, Any]) -> DensityRatio:
        values = np.zeros((1, self.kind.n_values), np.float32)
        empty = self.kind.entries(np.ones((1, self.kind.n_conditions)), values)
        return DensityRatio(_inputs(part, empty).shape[1], **part["classifier"])

    def _classes(self, truth: Entries, name: str, seed: int) -> tuple[Entries, Entries]:
        """A part of the truth and fresh entries of the base, as the classifier sees them."""
        n = self.card["fresh"]
        fresh = self.base.sample(n * len(truth), seed_from(seed, "base", name))
        if not self.mirror:
            return truth, fresh
        rng = torch.Generator().manual_seed(seed_from(seed, "images", name))
        return images(concatenate([truth] * n), rng), images(fresh, rng)


def _inputs(part: dict[str, Any], entries: Entries) -> np.ndarray:
    """The inputs (N, D) of the classifier of a part of the card."""
    return np.concatenate([inputs_of(name, entries) for name in part["inputs"]], 1)
