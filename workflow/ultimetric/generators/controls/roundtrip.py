"""The effect of a preprocessing recipe alone: independent truth, preprocessed and restored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ultimetric.events import Entries
from ultimetric.generators.controls.stored import PassedThrough
from ultimetric.generators.preprocessed import Preprocessed
from ultimetric.preprocessing.base import State


class Roundtrip(Preprocessed, PassedThrough):
    """Preprocessed and restored truth: no generator with this recipe can be better."""

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        history = super().learn(training, validation, seed, checkpoint)
        state = State(self.stored_condition, self.stored_data.double())
        self.chain.fit(state, torch.Generator().manual_seed(seed))
        return history

    def change(self, condition: Tensor, data: Tensor, rng: torch.Generator) -> Tensor:
        return self.chain.inverse(self.chain(State(condition, data), rng)).data
