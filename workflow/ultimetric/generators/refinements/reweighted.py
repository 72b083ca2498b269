"""A generator whose entries are accepted by classifier weights (arXiv:1907.08209, 2009.03796)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.events import Entries, concatenate
from ultimetric.generators.refinements.weighted import Weighted
from ultimetric.kinds.base import Kind
from ultimetric.kinds.images import images, random_images
from ultimetric.seeds import seed_from


class Reweighted(Weighted):
    """Entries of the base, each accepted with the probability min(w, c) / c.

    c is the quantile `clip` of w. Accepted entries have no weights; `weighted` returns all
    entries with their weights. After `proposals` refusals in a row the next entry is accepted,
    whatever its weight. With `mirror: true` the classifier learns from random images of the
    entries under the symmetries of the kind, as many of each entry of the truth as there are
    fresh entries for it, and such images of the base's entries are proposed.

    Raises:
        UserError: The card says `mirror`, and the kind has no symmetries.
    """

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        self.mirror = card.get("mirror", False)
        if self.mirror:
            kind.refuse_without_symmetries("mirror")

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        return self.learn_weights(training, validation, seed, checkpoint)

    def generate(self, condition: Tensor, rng: torch.Generator) -> Tensor:
        data = condition.new_empty(len(condition), self.kind.n_values)
        left = torch.arange(len(condition), device=condition.device)
        for _ in range(1 + self.card["proposals"]):
            proposed, w = self.weighted(condition[left], rng)
            data[left] = proposed.to(data)
            draws = torch.rand(len(left), generator=rng).to(w)
            left = left[draws >= self.acceptance(w)]
            if not len(left):
                break
        return data

    def weighted(self, condition: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Data (N, n_values) of the base, or random images of them, and their w (N,)."""
        data = self.base.generate(condition, rng)
        if self.mirror:
            data = random_images(self.kind, condition, data, rng)
        return data, self.weights(self.finish(condition.cpu().numpy(), data))

    def acceptance(self, w: Tensor) -> Tensor:
        """Probability (N,) that an entry of weight w is kept."""
        return (w / self.largest).clamp(max=1)

    def _classes(self, truth: Entries, name: str, seed: int) -> tuple[Entries, Entries]:
        fresh = super()._classes(truth, name, seed)[1]
        if not self.mirror:
            return truth, fresh
        rng = torch.Generator().manual_seed(seed_from(seed, "images", name))
        return images(concatenate([truth] * self.card["fresh"]), rng), images(fresh, rng)

    @torch.no_grad()
    def numbers(self, events: Entries, seed: int) -> dict[str, np.ndarray]:
        """Numbers of fresh entries of the base at the truth's conditions, one entry for each.

        `mean_weight` is 1 if the weights are right, as is `mean_inverse_weight`, which is of the
        truth itself. `acceptance` and `clipped` are shares of the base's entries; `effective` is
        the effective sample size (sum w)^2 / sum w^2 over their number.
        """
        rng = torch.Generator().manual_seed(seed)
        w = self.weighted(self.tensor(events.condition), rng)[1]
        numbers = {
            "mean_weight": w,
            "mean_inverse_weight": 1 / self.weights(events),
            "acceptance": self.acceptance(w),
            "clipped": (w > self.largest).double(),
            "effective": effective(w),
        }
        return {name: values.cpu().numpy() for name, values in numbers.items()}


def effective(w: Tensor) -> Tensor:
    """Values (N,) whose mean is (sum w)^2 / (N sum w^2), and whose spread gives its error.

    m1^2 / m2 of the first two moments, linearised in both.
    """
    m1, m2 = w.mean(), w.square().mean()
    return m1**2 / m2 * (2 * w / m1 - w.square() / m2)
