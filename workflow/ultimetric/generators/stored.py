"""Generators that hand on stored truth instead of learning."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.generators.base import Generator
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.showers import Showers, concatenate


class StoredTruth(Generator):
    """Keeps its training and validation showers; a subclass says how they come out again.

    `stored_energy` (N, 1) in GeV is float64, `stored_voxels` (N, n_voxels) in MeV float32.
    """

    recipe = "none"

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__(card, geometry)
        self.register_buffer("stored_energy", torch.empty(0, 1, dtype=torch.float64))
        self.register_buffer("stored_voxels", torch.empty(0, geometry.n_voxels))

    def learn(
        self, training: Showers, validation: Showers, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        """Keep all showers; nothing is learned, so there is no history."""
        both, device = concatenate([training, validation]), self.spectrum.device
        self.stored_energy = torch.as_tensor(both.energy, device=device)[:, None]
        self.stored_voxels = torch.as_tensor(both.voxels, device=device)
        return []

    def _load_from_state_dict(self, state: dict[str, Tensor], prefix: str, *rest: Any) -> None:
        """Take the showers as they are: a copy would be a second truth in memory."""
        device = self.spectrum.device
        for name in ("stored_energy", "stored_voxels"):
            setattr(self, name, state[f"{prefix}{name}"].to(device))
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
        stored = self.stored_energy[chosen], self.stored_voxels[chosen].double()
        voxels = self.change(*stored, rng)
        return self.finish(stored[0][:, 0].cpu().numpy(), voxels)

    def generate(self, energy: Tensor, rng: torch.Generator) -> Tensor:
        raise UserError(f"{type(self).__name__}: cannot generate for chosen incident energies")
