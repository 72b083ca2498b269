"""Generators made of two continuous-time transports: of totals, and of the data given them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.events import Entries
from ultimetric.generators.base import tensors
from ultimetric.generators.factorised import Factorised
from ultimetric.kinds.base import Kind
from ultimetric.models.context import context, log_totals, n_context
from ultimetric.models.transports.base import Transport
from ultimetric.preprocessing.base import State

ROWS = 1000  # entries whose likelihood is computed at once; traces need memory


class TwoTransports(Factorised):
    """p(totals | c) p(data | totals, c) as two transports, whose type the subclass chooses."""

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        if self.n_totals:
            self.energies = self.transport("energies", self.n_totals, n_context(kind))
        self.shapes = self.transport("shapes", kind.n_values, n_context(kind) + 2 * self.n_totals)

    @abstractmethod
    def transport(self, name: str, features: int, context: int) -> Transport:
        """The untrained transport of `energies` or `shapes`, as the card says."""

    def energies_loss(self, state: State, rng: torch.Generator) -> Tensor:
        return self.energies.loss(state.totals.float(), context(self.kind, state.condition), rng)

    def shapes_loss(self, state: State, rng: torch.Generator) -> Tensor:
        return self.shapes.loss(state.data.float(), self._seen(state), rng)

    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        return self.transported(condition, z)

    def transported(
        self, condition: Tensor, z: Tensor, rng: torch.Generator | None = None
    ) -> Tensor:
        """As `decode`; with `rng`, the transports may add noise of their own."""
        z_totals, z_data = z.tensor_split([self.n_totals], dim=1)
        totals = None
        if self.n_totals:
            totals = self.energies.decode(z_totals, context(self.kind, condition), rng).double()
        state = self.without_data(condition, totals)
        data = self.shapes.decode(z_data, self._seen(state), rng).double()
        return self.chain.inverse(State(condition, data, totals)).data

    @torch.no_grad()
    def log_prob(self, events: Entries, seed: int) -> np.ndarray:
        rng = torch.Generator().manual_seed(seed)
        condition, data = tensors(events, self.spectrum.device)
        parts = []
        for rows in torch.arange(len(data)).split(ROWS):
            state = self.chain(State(condition[rows], data[rows]), rng)
            total = state.log_det
            if self.n_totals:
                seen = context(self.kind, state.condition)
                total = total + self.energies.log_prob(state.totals.float(), seen, rng)
            parts.append(total + self.shapes.log_prob(state.data.float(), self._seen(state), rng))
        return torch.cat(parts).cpu().numpy()

    def _seen(self, state: State) -> Tensor:
        """Context, totals and their logarithms (N, n_context + 2 n_totals), for the shapes."""
        seen = context(self.kind, state.condition)
        if state.totals is None:
            return seen
        return torch.cat([seen, state.totals.float(), log_totals(self.chain, state)], 1)
