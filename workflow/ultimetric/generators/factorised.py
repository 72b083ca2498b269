"""Generators that learn totals first, such as energies of layers, and the data given them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
import zuko
from torch import Tensor, nn

from ultimetric.events import Entries
from ultimetric.generators.base import joined, tensors
from ultimetric.generators.latent import LatentGenerator
from ultimetric.generators.preprocessed import Preprocessed
from ultimetric.kinds.base import Kind
from ultimetric.models.context import context, log_totals
from ultimetric.models.flows.build import layered_orders, masked_flow
from ultimetric.preprocessing.base import State
from ultimetric.seeds import seed_from
from ultimetric.training.loop import Loss, train
from ultimetric.training.schedule import Schedule


class Factorised(Preprocessed, LatentGenerator):
    """p(totals | c) p(data | totals, c), the factorisation of arXiv:2106.05285 for any kind.

    Of a shower the totals are its energies u, and the data its shapes. Where the preprocessing
    takes out no totals, there is only p(data | c).

    A subclass makes the parts: `energies`, the network of the totals, if there are any, and
    `shapes`, that of the data. They are trained one after the other with the card's
    `train_energies` and `train_shapes`.
    """

    takes_totals: ClassVar = True

    energies: nn.Module
    shapes: nn.Module

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        self.n_totals = self.chain.n_totals
        self.latent_size = self.chain.n_variables

    @abstractmethod
    def energies_loss(self, state: State, rng: torch.Generator) -> Tensor:
        """Mean loss of the totals of preprocessed entries."""

    @abstractmethod
    def shapes_loss(self, state: State, rng: torch.Generator) -> Tensor:
        """Mean loss of the data of preprocessed entries."""

    def prepare(self, state: State) -> None:
        """Learn constants from the preprocessed training entries."""

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        condition, data, sizes = joined(training, validation, self.spectrum.device)
        seen = self.fit_chain(condition, data, sizes[0], seed)
        self.prepare(seen(torch.arange(sizes[0]), torch.Generator().manual_seed(seed)))

        def of_rows(loss: Callable[[State, torch.Generator], Tensor]) -> Loss:
            return lambda rows, rng: loss(seen(rows, rng), rng)

        history, losses = [], {"shapes": self.shapes_loss}
        if self.n_totals:
            losses = {"energies": self.energies_loss} | losses
        for name, loss in losses.items():
            schedule, network = Schedule(**self.card[f"train_{name}"]), getattr(self, name)
            own_seed = seed_from(seed, name)
            history += train(name, network, of_rows(loss), sizes, schedule, own_seed, checkpoint)
        return history

    def without_data(self, condition: Tensor, totals: Tensor | None) -> State:
        """The preprocessed state of generated totals (N, n_totals), if any, with zero data."""
        data = condition.new_zeros(len(condition), self.kind.n_values)
        return State(condition, data, totals)


class FactorisedFlow(Factorised):
    """Both parts are flows, of a kind that has totals.

    `energies` sees the context of the condition; `shapes`, the flow of all values, sees the
    logarithms of the totals, too.
    """

    energies: zuko.flows.Flow
    shapes: zuko.flows.Flow

    @property
    def dtype(self) -> torch.dtype:
        """The precision of the flows."""
        return next(self.energies.parameters()).dtype

    def energies_loss(self, state: State, rng: torch.Generator) -> Tensor:
        return -self._log_prob_totals(state).mean()

    def shapes_loss(self, state: State, rng: torch.Generator) -> Tensor:
        return -self._log_prob_data(state).mean()

    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        z_totals, z_data = z.to(self.dtype).tensor_split([self.n_totals], dim=1)
        state = self.decode_totals(condition, z_totals)
        data = self.shapes(self.seen(state)).transform.inv(z_data).double()
        return self.chain.inverse(State(condition, data, state.totals)).data

    def decode_totals(self, condition: Tensor, z: Tensor) -> State:
        """The preprocessed state, its data zero, of latent vectors z (N, n_totals)."""
        seen = context(self.kind, condition).to(self.dtype)
        totals = self.energies(seen).transform.inv(z.to(self.dtype)).double()
        return self.without_data(condition, totals)

    @torch.no_grad()
    def log_prob(self, events: Entries, seed: int) -> np.ndarray:
        state = State(*tensors(events, self.spectrum.device))
        state = self.chain(state, torch.Generator().manual_seed(seed))
        total = state.log_det + self._log_prob_totals(state) + self._log_prob_data(state)
        return total.cpu().numpy()

    def seen(self, state: State) -> Tensor:
        """What the shapes see of a preprocessed state, (N, n_context + n_totals)."""
        seen = [context(self.kind, state.condition), log_totals(self.chain, state)]
        return torch.cat(seen, 1).to(self.dtype)

    def _log_prob_totals(self, state: State) -> Tensor:
        seen = context(self.kind, state.condition).to(self.dtype)
        return self.energies(seen).log_prob(state.totals.to(self.dtype))

    def _log_prob_data(self, state: State) -> Tensor:
        return self.shapes(self.seen(state)).log_prob(state.data.to(self.dtype))


def totals_flow(
    n_totals: int, context: int, blocks: int, reverse: bool = True, **options: Any
) -> zuko.flows.Flow:
    """The masked autoregressive flow of totals; options of `layered_orders` and `masked_flow`."""
    orders = layered_orders([slice(0, n_totals)], blocks, reverse)
    return masked_flow(n_totals, context, orders, **options)
