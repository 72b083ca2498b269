"""Generators that return stored truth instead of learning."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.events import Entries, concatenate
from ultimetric.generators.base import Generator
from ultimetric.kinds.base import Kind


class StoredTruth(Generator):
    """Stores its training and validation entries; a subclass makes its sample of them.

    `stored_condition` (N, C) is float64, `stored_data` (N, n_values) float32.
    """

    recipe = "none"

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        empty = torch.empty(0, kind.n_conditions, dtype=torch.float64)
        self.register_buffer("stored_condition", empty)
        self.register_buffer("stored_data", torch.empty(0, kind.n_values))

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        """Keep all entries; nothing is learned, so there is no history."""
        both, device = concatenate([training, validation]), self.spectrum.device
        self.stored_condition = torch.as_tensor(both.condition, device=device)
        self.stored_data = torch.as_tensor(both.data, device=device)
        return []

    def _load_from_state_dict(self, state: dict[str, Tensor], prefix: str, *rest: Any) -> None:
        """Take the tensors themselves: a copy would hold the truth in memory twice."""
        device = self.spectrum.device
        for name in ("stored_condition", "stored_data"):
            setattr(self, name, state[f"{prefix}{name}"].to(device))
        super()._load_from_state_dict(state, prefix, *rest)


class PassedThrough(StoredTruth):
    """Returns each stored entry at most once, with its own condition, changed or not."""

    hands_on = True

    @abstractmethod
    def change(self, condition: Tensor, data: Tensor, rng: torch.Generator) -> Tensor:
        """The changed data (N, n_values), float64, of data at conditions (N, C)."""

    def block(self, rows: range, rng: torch.Generator, condition: np.ndarray | None) -> Entries:
        name, several = type(self).__name__, self.kind.several
        if condition is not None:
            raise UserError(f"{name}: has stored {several} only, of given conditions")
        if rows.stop > len(self.stored_data):
            raise UserError(
                f"{name}: {rows.stop} {several} were asked for, {len(self.stored_data)} are stored"
            )
        chosen = slice(rows.start, rows.stop)
        stored = self.stored_condition[chosen], self.stored_data[chosen].double()
        data = self.change(*stored, rng)
        return self.finish(stored[0].cpu().numpy(), data)

    def generate(self, condition: Tensor, rng: torch.Generator) -> Tensor:
        raise UserError(f"{type(self).__name__}: cannot generate for chosen conditions")
