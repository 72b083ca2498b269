"""Another generator as it was after one of its epochs, so that scores can follow its training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ultimetric.events import Entries
from ultimetric.generators.built_on import BuiltOn


class Epoch(BuiltOn):
    """The base with its weights after epoch `epoch` (see `Schedule.keep_every`).

    In a base with several trainings, those that keep no epochs have their final weights.
    """

    recipe = "none"

    def read_base(self, path: Path) -> None:
        self.base.load(path, self.card["epoch"])
        self.base.eval()

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        """Nothing is learned, so there is no history."""
        return []

    @property
    def attributes(self) -> dict[str, Any]:
        told = {"epoch": str(self.card["epoch"]), "epoch_of": self.card["base"]["name"]}
        return {**self.base.attributes, **told}

    def generate(self, condition: Tensor, rng: torch.Generator) -> Tensor:
        return self.base.generate(condition, rng)
