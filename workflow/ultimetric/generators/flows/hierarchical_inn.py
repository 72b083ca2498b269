"""A coupling flow for each jet that is added: the event generator of arXiv:2110.13632."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
import zuko
from torch import Tensor, nn

from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.generators.base import joined, tensors
from ultimetric.generators.latent import LatentGenerator
from ultimetric.generators.preprocessed import Preprocessed
from ultimetric.kinds.base import Kind
from ultimetric.kinds.events.preprocessing.objects import ADDED, Objects, there
from ultimetric.models.context import context, n_context
from ultimetric.models.flows.build import coupling_flow, halves
from ultimetric.preprocessing.base import State
from ultimetric.seeds import seed_from
from ultimetric.training.loop import train
from ultimetric.training.schedule import Schedule

NAMES = ("first_jet", "second_jet", "third_jet")


class HierarchicalINN(Preprocessed, LatentGenerator):
    """p(muons, j1 | n) p(j2 | muons, j1, n) p(j3 | muons, j1, j2, n) of n jets.

    Each factor is a flow of coupling blocks with rational-quadratic splines (arXiv:1906.04032),
    whose blocks split the variables into random halves, pair after pair. It is trained by itself
    on the events that have its jet, and sees the number of jets and all variables before its own.
    All other columns of a preprocessed event are normal and stay as they are.

    The card's `flow` has the options of all flows, `train_<jet>` the schedule of each.

    Raises:
        UserError: The recipe does not end with the step `objects`.
    """

    kinds: ClassVar = ("events",)

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        if not isinstance(self.chain.steps[-1], Objects):
            raise UserError("hierarchical_inn: its recipe must end with the step objects")
        self.latent_size = kind.n_values
        self.flows = nn.ModuleDict()
        before = n_context(kind)
        for name, columns in zip(NAMES, ADDED, strict=True):
            self.flows[name] = self.made(len(columns), before, **card["flow"])
            before += len(columns)

    def made(self, features: int, seen: int, blocks: int, **options: Any) -> zuko.flows.Flow:
        """The untrained flow of an added object; options of `coupling_flow`."""
        masks = halves(features, blocks)
        return coupling_flow(features, seen, masks, activation=nn.SiLU, **options)

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        condition, data, sizes = joined(training, validation, self.spectrum.device)
        seen = self.fit_chain(condition, data, sizes[0], seed)
        history = []
        for number, rows in _added(condition):
            name = NAMES[number]
            n_training = int((rows < sizes[0]).sum())
            parts = n_training, len(rows) - n_training
            if 0 in parts:  # no event tells how to add it
                continue

            def loss(chosen: Tensor, rng: torch.Generator, rows=rows, number=number, n=parts[0]):
                return self.loss(number, seen(rows[chosen], rng), rng, n)

            schedule, own_seed = Schedule(**self.card[f"train_{name}"]), seed_from(seed, name)
            history += train(name, self.flows[name], loss, parts, schedule, own_seed, checkpoint)
        return history

    def loss(self, number: int, state: State, rng: torch.Generator, n_training: int) -> Tensor:
        """The mean loss of the flow of an added object.

        Arguments:
            number: The number of the object.
            state: Preprocessed events that have it.
            rng: The source of random numbers.
            n_training: The number of training events that have it.
        """
        return -self._density(number, state.condition, state.data).mean()

    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        x = z.clone()
        for number, rows in _added(condition):
            columns = torch.tensor(ADDED[number])
            flow = self.flows[NAMES[number]](self._seen(number, condition[rows], x[rows]))
            x[rows[:, None], columns] = flow.transform.inv(z[rows][:, columns])
        return self.chain.restored(condition, x)

    @torch.no_grad()
    def log_prob(self, events: Entries, seed: int) -> np.ndarray:
        state = State(*tensors(events, self.spectrum.device))
        state = self.chain(state, torch.Generator().manual_seed(seed))
        return (state.log_det + self._log_prob(state)).cpu().numpy()

    def _log_prob(self, state: State) -> Tensor:
        """log p (N,) of preprocessed events: flows, and normal numbers in all other columns."""
        normal = -(state.data**2 + np.log(2 * np.pi)) / 2
        total = normal.sum(1)
        for number, rows in _added(state.condition):
            density = self._density(number, state.condition[rows], state.data[rows])
            total[rows] += density.double() - normal[rows][:, ADDED[number]].sum(1)
        return total

    def _density(self, number: int, condition: Tensor, data: Tensor) -> Tensor:
        """log p (N,) of an added object, given all before it."""
        flow = self.flows[NAMES[number]](self._seen(number, condition, data))
        return flow.log_prob(data[:, ADDED[number]].float())

    def _seen(self, number: int, condition: Tensor, data: Tensor) -> Tensor:
        """The number of jets and the variables before an object, which its flow sees."""
        before = [column for columns in ADDED[:number] for column in columns]
        return torch.cat([context(self.kind, condition), data[:, before].float()], 1)


def _added(condition: Tensor) -> Iterator[tuple[int, Tensor]]:
    """The number of each added object, and the rows of events that have it, if there are any."""
    for number, exists in enumerate(there(condition).T):
        if len(rows := exists.nonzero()[:, 0]):
            yield number, rows
