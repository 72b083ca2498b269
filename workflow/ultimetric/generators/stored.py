"""Generators that hand on stored truth instead of learning."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.data.geometry import Geometry
from ultimetric.data.showers import Showers
from ultimetric.errors import UserError
from ultimetric.generators.base import Generator, joined


class StoredTruth(Generator):
    """Keeps its training and validation showers; a subclass says how they come out again."""

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__(card, geometry)
        self.register_buffer("stored_energy", torch.empty(0, 1, dtype=torch.float64))
        self.register_buffer(
            "stored_voxels", torch.empty(0, geometry.n_voxels, dtype=torch.float64)
        )

    def learn(
        self, training: Showers, validation: Showers, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        """Keep all showers; nothing is learned, so there is no history."""
        both = joined(training, validation, self.spectrum.device)
        self.stored_energy, self.stored_voxels, _ = both
        return []

    def _load_from_state_dict(self, state: dict[str, Tensor], prefix: str, *rest: Any) -> None:
        """Make room for as many showers as there are to come."""
        n_showers = len(state[f"{prefix}stored_energy"])
        self.stored_energy = self.stored_energy.new_empty(n_showers, 1)
        self.stored_voxels = self.stored_voxels.new_empty(n_showers, self.geometry.n_voxels)
        super()._load_from_state_dict(state, prefix, *rest)


class PassedThrough(StoredTruth):
    """Each stored shower comes out at most once, with its own incident energy, changed or not."""

    @abstractmethod
    def change(self, energy: Tensor, voxels: Tensor, rng: torch.Generator) -> Tensor:
        """What becomes of voxels (N, n_voxels) in MeV at energies (N, 1) in GeV."""

    def block(self, rows: range, rng: torch.Generator, energy: np.ndarray | None) -> Showers:
        if energy is not None:
            raise UserError(f"{type(self).__name__}: has stored showers only, of given energies")
        if rows.stop > len(self.stored_energy):
            raise UserError(
                f"{type(self).__name__}: {rows.stop} showers were asked for, "
                f"{len(self.stored_energy)} are stored"
            )
        chosen = slice(rows.start, rows.stop)
        stored = self.stored_energy[chosen], self.stored_voxels[chosen]
        voxels = self.change(*stored, rng)
        return self.finish(stored[0][:, 0].cpu().numpy(), voxels)

    def generate(self, energy: Tensor, rng: torch.Generator) -> Tensor:
        raise UserError(f"{type(self).__name__}: cannot generate for chosen incident energies")
