"""A generator corrected after the fact by classifier weights (arXiv:1907.08209, 2009.03796)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.generators.weighted import Weighted
from ultimetric.kinds.showers.showers import Showers


class Reweighted(Weighted):
    """Showers of the base, each accepted with the probability min(w, c) / c.

    c is the quantile `clip` of w. Accepted showers have no weights; those that come with a weight
    are in `weighted`. After `proposals` refusals in a row the next shower stays, whatever its
    weight.
    """

    def learn(
        self, training: Showers, validation: Showers, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        return self.learn_weights(training, validation, seed, checkpoint)

    def generate(self, energy: Tensor, rng: torch.Generator) -> Tensor:
        voxels = energy.new_empty(len(energy), self.geometry.n_voxels)
        left = torch.arange(len(energy), device=energy.device)
        for _ in range(1 + self.card["proposals"]):
            voxels[left], w = self.weighted(energy[left], rng)
            draws = torch.rand(len(left), generator=rng).to(w)
            left = left[draws >= self.acceptance(w)]
            if not len(left):
                break
        return voxels

    def weighted(self, energy: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Voxels (N, n_voxels) in MeV of the base at energies (N, 1) in GeV, and their w (N,)."""
        voxels = self.base.generate(energy, rng)
        return voxels, self.weights(self.finish(energy[:, 0].cpu().numpy(), voxels))

    def acceptance(self, w: Tensor) -> Tensor:
        """Probability (N,) that a shower of weight w is kept."""
        return (w / self.largest).clamp(max=1)

    @torch.no_grad()
    def numbers(self, showers: Showers, seed: int) -> dict[str, np.ndarray]:
        """Of fresh showers of the base at the truth's incident energies, one for each.

        `mean_weight` is 1 if the weights are right, as is `mean_inverse_weight`, which is of the
        truth itself. `acceptance` and `clipped` are shares of the base's showers; `effective` is
        the effective sample size (sum w)^2 / sum w^2 over their number.
        """
        rng = torch.Generator().manual_seed(seed)
        w = self.weighted(self.incident(showers.energy), rng)[1]
        numbers = {
            "mean_weight": w,
            "mean_inverse_weight": 1 / self.weights(showers),
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
