"""Independent truth with a fault of a known kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.events import Entries, concatenate
from ultimetric.faults.base import Fault
from ultimetric.generators.controls.stored import PassedThrough
from ultimetric.kinds.base import Kind
from ultimetric.plugins import load_plugin


class Faulty(PassedThrough):
    """Stores truth in which the card's `fault` is planted, and returns it as a sample.

    A share `fraction` of the entries is faulty, so that no AUC is above 0.5 + fraction / 2. This
    is a bound, not the AUC of an ideal classifier; the sample is no positive control.
    """

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        options = dict(card["fault"])
        self.fault = load_plugin(options.pop("plugin"), Fault)(options, kind)

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        """Plant the fault in all entries; nothing is learned, so there is no history."""
        truth, rng = concatenate([training, validation]), np.random.default_rng(seed)
        sample = self.fault.plant(truth, self.card["fraction"], rng)
        return super().learn(sample, sample[:0], seed, checkpoint)

    def change(self, condition: Tensor, data: Tensor, rng: torch.Generator) -> Tensor:
        return data
