"""A conditional flow of all values of an entry, for any kind of data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import zuko
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.generators.base import joined, tensors
from ultimetric.generators.latent import LatentGenerator
from ultimetric.generators.preprocessed import Preprocessed
from ultimetric.kinds.base import Kind
from ultimetric.models.context import context, n_context
from ultimetric.models.flows.build import (
    coupling_flow,
    half_masks,
    layered_orders,
    masked_flow,
    random_halves,
)
from ultimetric.preprocessing.base import State
from ultimetric.training.loop import train
from ultimetric.training.schedule import Schedule


class Flow(Preprocessed, LatentGenerator):
    """p(data, totals | c) as one flow of rational-quadratic splines (arXiv:1906.04032).

    The card's `flow` gives its `kind`: `masked` autoregressive (arXiv:1705.07057), which fits
    best where there are few values, or of `coupling` blocks (arXiv:1605.08803), faster where
    there are many.

    Raises:
        UserError: The kind of flow is neither.
    """

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        self.latent_size = self.chain.n_variables
        self.flow = self.made(**card["flow"])

    def made(
        self, kind: str, blocks: int, masks: str = "totals_first", **options: Any
    ) -> zuko.flows.Flow:
        """The untrained flow; options of `masked_flow` or `coupling_flow`.

        Arguments:
            kind: `masked` or `coupling`.
            blocks: The number of blocks.
            masks: What coupling blocks leave alone: `random` halves, as published for CaloINN, or
                `totals_first`, those of `half_masks`.
        """
        # A flow of one value needs something to depend on: without a condition, a constant.
        n, seen = self.latent_size, max(1, n_context(self.kind))
        if kind == "masked":
            return masked_flow(n, seen, layered_orders([slice(0, n)], blocks), **options)
        if kind == "coupling":
            if masks == "random":
                return coupling_flow(n, seen, random_halves(n, blocks), **options)
            halves = half_masks(self.kind.n_values, self.chain.n_totals, blocks)
            return coupling_flow(n, seen, halves, **options)
        raise UserError(f"flow: kind {kind!r} is not one of masked, coupling")

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        condition, data, sizes = joined(training, validation, self.spectrum.device)
        seen = self.fit_chain(condition, data, sizes[0], seed)

        def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            return -self._density(seen(rows, rng)).mean()

        schedule = Schedule(**self.card["train"])
        return train("flow", self.flow, loss, sizes, schedule, seed, checkpoint)

    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        return self.chain.restored(condition, self._given(condition).transform.inv(z))

    @torch.no_grad()
    def log_prob(self, events: Entries, seed: int) -> np.ndarray:
        state = State(*tensors(events, self.spectrum.device))
        state = self.chain(state, torch.Generator().manual_seed(seed))
        return (state.log_det + self._density(state)).cpu().numpy()

    def _density(self, state: State) -> Tensor:
        """log p (N,) of preprocessed entries."""
        return self._given(state.condition).log_prob(state.flat().float())

    def _given(self, condition: Tensor) -> Any:
        """The distribution of preprocessed entries given conditions (N, C)."""
        seen = context(self.kind, condition)
        return self.flow(seen if seen.shape[1] else seen.new_ones(len(seen), 1))
