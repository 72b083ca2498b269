"""A generator whose voxel energies have the spectrum of the truth, layer by layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.events import Entries
from ultimetric.generators.built_on import BuiltOn
from ultimetric.generators.showers import ShowerGenerator
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.models.quantiles import between
from ultimetric.seeds import seed_from


class SpectrumMatched(BuiltOn, ShowerGenerator):
    """Showers of the base, each small energy e of a voxel replaced by F_truth^-1(F_base(e)).

    F is the cumulative distribution of the energies of all voxels of a layer, in one of `bins`
    bins of incident energy with as many showers of the truth in each; empty voxels stay empty.
    Lines of the spectrum, such as photons of 511 keV that are absorbed in one voxel, are smeared
    by networks whose maps are smooth, and are sharp again. Energies of `below_MeV` and more stay
    as they are, since they decide how the energy of the whole shower depends on the incident one
    inside a bin. Smaller ones keep their order, and where F_base differs from F_truth at
    `below_MeV` they can pass it, or end before it. The energy of a layer changes by what its
    voxels change. `knots` quantiles of the voxels that are not empty describe F; for F_base there
    are `fresh` showers of the base for each of the truth.
    """

    recipe = "none"

    def __init__(self, card: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(card, kind)
        bins, knots = card["bins"], card["knots"]
        self.register_buffer("edges", torch.zeros(bins - 1, dtype=torch.float64))
        shape = kind.geometry.n_layers, bins, knots
        self.register_buffer("of_base", torch.zeros(shape))
        self.register_buffer("of_truth", torch.zeros(shape))

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        """Take the quantiles of both; there is no history."""
        fresh = self.base.sample(self.card["fresh"] * len(training), seed_from(seed, "base"))
        inner = np.linspace(0, 1, self.card["bins"] + 1)[1:-1]
        self.edges.copy_(torch.as_tensor(np.quantile(training.condition[:, 0], inner)))
        bins = [self._bins(self.tensor(part.condition)).cpu() for part in (fresh, training)]
        for layer, voxels in enumerate(self.geometry.slices):
            for k in range(self.card["bins"]):
                of_bin = (
                    part.data[(bin_ == k).numpy(), voxels].ravel()
                    for part, bin_ in zip((fresh, training), bins, strict=True)
                )
                of_base, of_truth = quantiles(*of_bin, self.card["knots"])
                self.of_base[layer, k] = torch.as_tensor(of_base)
                self.of_truth[layer, k] = torch.as_tensor(of_truth)
        return []

    def generate(self, condition: Tensor, rng: torch.Generator) -> Tensor:
        made = self.finish(condition.cpu().numpy(), self.base.generate(condition, rng))
        data = torch.as_tensor(made.data, device=condition.device)
        bins = self._bins(condition)
        for layer, voxels in enumerate(self.geometry.slices):
            for k in range(self.card["bins"]):
                old = data[bins == k, voxels]
                new = between(old, self.of_base[layer, k], self.of_truth[layer, k])
                small = (old > 0) & (old < self.card["below_MeV"])
                data[bins == k, voxels] = torch.where(small, new, old)
        return data

    def _bins(self, condition: Tensor) -> Tensor:
        """The bin of the incident energy of each shower (N,)."""
        return torch.bucketize(condition[:, 0].contiguous(), self.edges, right=True)


def quantiles(base: np.ndarray, truth: np.ndarray, knots: int) -> tuple[np.ndarray, np.ndarray]:
    """The same quantiles (knots,) of two arrays, from where one of them is not empty.

    They are never nearer to each other than values of the truth, which would make steps; the
    lowest is then repeated.

    >>> base, truth = np.array([0.0, 1, 2, 3]), np.array([0.0, 0, 5, 6])
    >>> [x.tolist() for x in quantiles(base, truth, 5)]
    [[0.0, 0.0, 0.0, 2.0, 3.0], [0.0, 0.0, 0.0, 5.0, 6.0]]
    """
    filled = max(np.mean(base > 0), np.mean(truth > 0))
    different = int(np.clip(filled * len(truth), 2, knots))
    levels = 1 - filled * np.linspace(1, 0, different)
    levels = np.pad(levels, (knots - different, 0), mode="edge")
    return tuple(np.quantile(x, levels, method="inverted_cdf") for x in (base, truth))
