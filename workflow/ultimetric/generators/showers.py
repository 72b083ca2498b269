"""Generators that model showers only."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from ultimetric.generators.base import Generator
from ultimetric.kinds.showers.kind import ShowerKind


class ShowerGenerator(Generator):
    """A generator that uses layers and voxels.

    `condition` holds incident energies (N, 1) in GeV, `data` deposits (N, n_voxels) in MeV.
    """

    kinds: ClassVar = ("showers",)

    def __init__(self, card: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(card, kind)
        self.geometry = kind.geometry

    def fresh_energies(self, n: int, rng: torch.Generator) -> Tensor:
        """Incident energies (n, 1) in GeV, uniform in the range of the geometry, as published for
        CaloGAN's; as in the truth where a geometry has other ones.
        """
        if self.geometry.spectrum == "uniform":
            low, high = self.geometry.energy_range_GeV
            energy = low + (high - low) * torch.rand(n, 1, generator=rng, dtype=torch.float64)
        else:
            energy = torch.as_tensor(self.draw(n, rng))
        return energy.to(self.spectrum.device)
