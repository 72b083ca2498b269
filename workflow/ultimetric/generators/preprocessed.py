"""Generators that learn preprocessed variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ultimetric.generators.base import Generator
from ultimetric.kinds.base import Kind
from ultimetric.preprocessing.base import Chain, State


class Preprocessed(Generator):
    """A generator of preprocessed variables; its `chain` is the recipe that the study names."""

    recipe = "any"

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        self.chain = Chain(card["preprocessing"], kind)

    @property
    def truth_kind(self) -> Kind:
        """The kind before the readout, unless a step of the recipe reads out."""
        return self.kind if self.chain.reads_out else self.kind.before_readout

    def fit_chain(
        self, condition: Tensor, data: Tensor, n_train: int, seed: int
    ) -> Callable[[Tensor, torch.Generator], State]:
        """Fit the preprocessing to the training entries.

        Arguments:
            condition, data: Conditions and data of all entries, those for training first.
            n_train: The number of entries for training.
            seed: The random seed.

        Returns:
            The function that preprocesses some rows, with the random generator of its noise.
        """
        start = State(condition[:n_train], data[:n_train])
        self.chain.fit(start, torch.Generator().manual_seed(seed))
        return lambda rows, rng: self.chain(State(condition[rows], data[rows]), rng)
