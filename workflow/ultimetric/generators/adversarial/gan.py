"""What generative adversarial networks of showers share: two networks, trained alternately."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ultimetric.events import Entries
from ultimetric.generators.base import joined
from ultimetric.generators.latent import LatentGenerator
from ultimetric.generators.showers import ShowerGenerator
from ultimetric.kinds.showers.geometry import GEV
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.models.critics import frozen_score
from ultimetric.models.showers.critic import ShowerCritic
from ultimetric.models.showers.deposit_space import DepositSpace
from ultimetric.models.showers.normalised_space import NormalisedSpace
from ultimetric.models.showers.streams import ShowerStreams
from ultimetric.preprocessing.base import State
from ultimetric.preprocessing.mirror import Mirror
from ultimetric.training.loop import OptimiserGroup, train_alternately
from ultimetric.training.schedule import Schedule

VARIABLES = {"normalised": NormalisedSpace, "deposits": DepositSpace}
PER_ROW = 4  # showers made for each validation shower


class Adversarial(ShowerGenerator, LatentGenerator):
    """One network makes showers, a critic separates them from true ones.

    A subclass defines the losses of both.

    No preprocessing: the card names the `variables` that the networks work in. With `mirror:
    true` the critic sees true showers mirrored at random, which needs a symmetric detector. The
    epoch with the smallest sum of W1 distances between made and validation showers is kept, over
    the numbers that the critic sees, in units of their standard deviation.
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

    @abstractmethod
    def loss_of_streams(self, scores: Tensor) -> Tensor:
        """The loss of the network that makes showers, from the critic's scores (N, 1)."""

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        energy, voxels, sizes = joined(training, validation, self.spectrum.device)
        energy, voxels = energy.float(), voxels.float()
        self.variables.fit(energy[: sizes[0]], voxels[: sizes[0]])
        critic, view = self.players["critic"], self.variables.view

        def make(energy: Tensor, rng: torch.Generator) -> Tensor:
            z = torch.randn(len(energy), self.latent_size, generator=rng)
            return self.decode(energy, z.to(energy.device))

        def true(rows: Tensor, rng: torch.Generator) -> Tensor:
            state = State(energy[rows], voxels[rows])
            return (self.mirror(state, rng) if self.mirror else state).data

        def streams_loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            made = make(energy[rows], rng)
            scores = frozen_score(critic, view(made, energy[rows]), energy[rows])
            missing = (made.sum(1, keepdim=True) / GEV - energy[rows]).abs().mean()
            return self.loss_of_streams(scores) + self.card["energy_loss"] * missing

        def critic_loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            with torch.no_grad():
                seen = view(true(rows, rng), energy[rows])
                made = view(make(energy[rows], rng), energy[rows])
            return self.loss_of_critic(seen, made, energy[rows], rng)

        def distance(rows: Tensor, rng: torch.Generator) -> Tensor:
            rows = rows.repeat(PER_ROW)
            seen = view(true(rows, rng), energy[rows])
            parts = [make(part, rng) for part in energy[rows].split(self.block_size)]
            made = view(torch.cat(parts), energy[rows])
            width = seen.std(0)
            distances = (made.sort(0).values - seen.sort(0).values).abs().mean(0)
            return (distances / torch.where(width > 0, width, 1.0)).sum()

        steps, train = self.card["steps"], self.card["train"]
        groups = [
            OptimiserGroup(name, self.players[name], loss, Schedule(**train | own), steps[name])
            for name, loss, own in (
                ("streams", streams_loss, {}),
                ("critic", critic_loss, self.card["train_critic"]),
            )
        ]
        return train_alternately("gan", self.players, groups, sizes, seed, checkpoint, distance)

    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        return self.variables.showers(*self.players["streams"](z, condition), condition)
