"""Another generator, whose preprocessing is undone by another recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.generators.base import tensors
from ultimetric.generators.built_on import BuiltOn
from ultimetric.generators.preprocessed import Preprocessed
from ultimetric.kinds.base import Kind
from ultimetric.preprocessing.base import Chain, State


class Restored(BuiltOn):
    """The base, what it generates restored by the `preprocessing` of this generator.

    So that what a recipe does on the way back, such as the subtraction of the mean noise, is seen
    with the very same network, which is not trained again.

    Raises:
        UserError: The base has no preprocessing, or the recipe makes other variables than that of
            the base, so that the network of the base would not fit it.
    """

    recipe = "any"

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        if not isinstance(self.base, Preprocessed) or "preprocessing" not in card:
            name = type(self.base).__name__
            raise UserError(f"restored: {name}, on which it builds, has no preprocessing")
        self.chain = Chain(card["preprocessing"], kind)
        # Only the way back: networks go on seeing totals as the recipe of the base restores them.
        self.base.chain.inverse = self.chain.inverse  # type: ignore[method-assign]

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        """The constants of the recipe are those of the base; there is no history."""
        self.chain.load_state_dict(self.base.chain.state_dict())
        truth = State(*tensors(training, self.spectrum.device))
        made, wanted = (
            chain(truth, torch.Generator().manual_seed(seed)).flat()
            for chain in (self.chain, self.base.chain)
        )
        if not torch.equal(made, wanted):
            raise UserError(
                f"restored: its preprocessing makes other variables than that of "
                f"{self.card['base']['name']}; only what is done on the way back may differ, "
                "such as `subtract` of noise"
            )
        return []

    @property
    def attributes(self) -> dict[str, Any]:
        return self.base.attributes

    def generate(self, condition: Tensor, rng: torch.Generator) -> Tensor:
        return self.base.generate(condition, rng)
