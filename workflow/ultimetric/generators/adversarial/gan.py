"""What generative adversarial networks of showers share: two networks, trained alternately."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ultimetric.events import Entries
from ultimetric.generators.base import joined
from ultimetric.generators.latent import LatentGenerator
from ultimetric.generators.showers import ShowerGenerator
from ultimetric.kinds.base import Kind
from ultimetric.kinds.showers.geometry import GEV
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.models.critics import frozen_score
from ultimetric.models.showers.critic import ShowerCritic
from ultimetric.models.showers.deposit_space import DepositSpace
from ultimetric.models.showers.normalised_space import NormalisedSpace
from ultimetric.models.showers.streams import ShowerStreams
from ultimetric.preprocessing.base import State
from ultimetric.preprocessing.mirror import Mirror
from ultimetric.training.loop import Loss, OptimiserGroup, train_alternately
from ultimetric.training.schedule import Schedule

VARIABLES = {"normalised": NormalisedSpace, "deposits": DepositSpace}
PER_ROW = 4  # showers made for each validation shower
Drawn = Callable[[Tensor, torch.Generator], tuple[Tensor, Tensor]]


class Adversarial(ShowerGenerator, LatentGenerator):
    """One network makes showers, a critic separates them from true ones.

    A subclass defines the losses of both.

    No preprocessing: the card names the `variables` that the networks work in. With `mirror:
    true` the critic sees true showers mirrored at random, which needs a symmetric detector. The
    epoch with the smallest sum of W1 distances between made and validation showers is kept, over
    the numbers that the critic sees, in units of their standard deviation; with `select: last` in
    the card the last one. With `fresh_energies: true` showers are made at incident energies that
    are drawn anew, not at those of the true ones beside them.
    """

    recipe = "none"

    training_only = ("players.critic",)

    def __init__(self, card: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(card, kind)
        self.latent_size, geometry = card["latent_size"], self.geometry
        variables = VARIABLES[card["variables"]](geometry)
        streams = ShowerStreams(geometry, self.latent_size, variables.made, **card["streams"])
        critic = ShowerCritic(geometry, variables.images, variables.seen, **card["critic"])
        self.variables = variables
        # The names of saved weights begin with `players`.
        self.players = nn.ModuleDict({"streams": streams, "critic": critic})
        self.mirror = Mirror(kind) if card["mirror"] else None

    @property
    def truth_kind(self) -> Kind:
        return self.kind.before_readout if self.variables.raw else self.kind

    @abstractmethod
    def loss_of_critic(
        self, true: Tensor, made: Tensor, energy: Tensor, rng: torch.Generator
    ) -> Tensor:
        """The critic's loss.

        Arguments:
            true, made: The view of the critic (N, features) on showers at the same energies.
            energy: Incident energies (N, 1) in GeV.
            rng: The random generator.
        """

    def critic_losses(self, true: Drawn, made: Drawn) -> list[Loss]:
        """The losses of the critic's steps on a batch, which are taken in turn.

        Arguments:
            true, made: Functions of rows and a random generator: the critic's view on true or made
                showers, and their incident energies.
        """

        def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            seen, energy = true(rows, rng)
            return self.loss_of_critic(seen, made(rows, rng)[0], energy, rng)

        return [loss]

    @abstractmethod
    def loss_of_streams(self, scores: Tensor) -> Tensor:
        """The loss of the network that makes showers, from the critic's scores (N, 1)."""

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        energy, voxels, sizes = joined(training, validation, self.spectrum.device)
        energy, voxels = energy.float(), voxels.float()
        self.variables.fit(energy[: sizes[0]], voxels[: sizes[0]])
        truth = State(energy, voxels)
        turns = cycle(
            self.critic_losses(
                partial(self._view_of_true, truth), partial(self._view_of_made, truth)
            )
        )
        losses = {
            "streams": partial(self._streams_loss, truth),
            "critic": lambda rows, rng: next(turns)(rows, rng),
        }
        steps, train = self.card["steps"], self.card["train"]
        own = {"streams": {}, "critic": self.card["train_critic"]}
        groups = [
            OptimiserGroup(
                name, self.players[name], loss, Schedule(**train | own[name]), steps[name]
            )
            for name, loss in losses.items()
        ]
        last = self.card.get("select") == "last"
        validate = None if last else partial(self._distance, truth)
        return train_alternately("gan", self.players, groups, sizes, seed, checkpoint, validate)

    def _make(self, energy: Tensor, rng: torch.Generator) -> Tensor:
        """Showers made at incident energies."""
        z = torch.randn(len(energy), self.latent_size, generator=rng)
        return self.decode(energy, z.to(energy.device))

    def _energies(self, truth: State, rows: Tensor, rng: torch.Generator) -> Tensor:
        """The incident energies of showers that are made for some rows."""
        if self.card.get("fresh_energies"):
            return self.fresh_energies(len(rows), rng).float()
        return truth.condition[rows]

    @torch.no_grad()
    def _view_of_true(
        self, truth: State, rows: Tensor, rng: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """The critic's view on true showers, and their incident energies."""
        energy = truth.condition[rows]
        state = State(energy, truth.data[rows])
        shown = (self.mirror(state, rng) if self.mirror else state).data
        return self.variables.view(shown, energy), energy

    @torch.no_grad()
    def _view_of_made(
        self, truth: State, rows: Tensor, rng: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """The critic's view on showers that are made for some rows, and their energies."""
        asked, streams = self._energies(truth, rows, rng), self.players["streams"]
        streams.eval()  # batch normalisation as in a sample, as Keras predicts
        seen = self.variables.view(self._make(asked, rng), asked)
        streams.train()
        return seen, asked

    def _streams_loss(self, truth: State, rows: Tensor, rng: torch.Generator) -> Tensor:
        """The loss of the network that makes showers."""
        asked = self._energies(truth, rows, rng)
        showers = self._make(asked, rng)
        seen = self.variables.view(showers, asked)
        scores = frozen_score(self.players["critic"], seen, asked)
        missing = (showers.sum(1, keepdim=True) / GEV - asked).abs().mean()
        return self.loss_of_streams(scores) + self.card["energy_loss"] * missing

    def _distance(self, truth: State, rows: Tensor, rng: torch.Generator) -> Tensor:
        """The sum of W1 distances between made and true showers."""
        rows = rows.repeat(PER_ROW)
        seen, energy = self._view_of_true(truth, rows, rng)
        parts = [self._make(part, rng) for part in energy.split(self.block_size)]
        sample = self.variables.view(torch.cat(parts), energy)
        width = seen.std(0)
        distances = (sample.sort(0).values - seen.sort(0).values).abs().mean(0)
        return (distances / torch.where(width > 0, width, 1.0)).sum()

    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        return self.variables.showers(*self.players["streams"](z, condition), condition)
