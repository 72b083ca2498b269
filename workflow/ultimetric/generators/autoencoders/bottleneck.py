"""What bounded-information-bottleneck autoencoders share: critics, prior and post-processor."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ultimetric.events import Entries
from ultimetric.generators.base import joined
from ultimetric.generators.latent import LatentGenerator
from ultimetric.generators.showers import ShowerGenerator
from ultimetric.models.critics import critic_loss, frozen_score
from ultimetric.models.discrepancies import mean_discrepancy, sorted_discrepancy
from ultimetric.models.encoders import normal_divergence, normal_noise
from ultimetric.preprocessing.base import State
from ultimetric.training.loop import OptimiserGroup, train_alternately
from ultimetric.training.schedule import Schedule

LATENT_ALPHAS = (1.0, 0.01)  # kernels of the latent discrepancy, as in the public code
LATENT = "latent"  # the critic of z
Seen = Callable[[Tensor, torch.Generator], State]


class Bottleneck(ShowerGenerator, LatentGenerator):
    """An autoencoder trained against critics instead of a distance to its input.

    As in arXiv:2005.05334: the encoder's z is decoded, given the incident energy. Critics compare
    reconstructions with true showers, and z with the normal prior, towards which a divergence and
    a discrepancy pull it as well. A post-processor corrects the spectrum of the voxels from an
    epoch on; in the epochs of its pretraining, right before, it learns to change nothing.

    A subclass sets `networks`, with an encoder, a decoder, critics and a post-processor, and
    `sizes`, of z and of further noise of the decoder.

    Of the card: `weights` of the terms of the loss (a critic's under its name, `distortion` if at
    all), and `penalty` of the critics' gradients.
    """

    training_only: ClassVar[tuple[str, ...]] = ("networks.encoder.", "networks.critics.")
    networks: nn.ModuleDict
    sizes: list[int]

    @abstractmethod
    def prepared(self, energy: Tensor, voxels: Tensor, n_train: int, seed: int) -> Seen:
        """The function that gives what the networks see of some rows."""

    @abstractmethod
    def condition(self, energy: Tensor) -> Tensor:
        """What the networks see of incident energies (N, 1) in GeV."""

    @abstractmethod
    def decoded(self, z: Tensor, noise: Tensor, c: Tensor) -> Tensor:
        """What the networks see of the showers (N, features) of z, noise and condition."""

    @abstractmethod
    def deposits(self, energy: Tensor, made: Tensor) -> Tensor:
        """Deposits (N, n_voxels) in MeV of what the networks see."""

    @abstractmethod
    def view(self, name: str, state: State, made: Tensor) -> tuple[Tensor, Tensor]:
        """What a critic of showers compares: rows as they should be, and as they are."""

    @abstractmethod
    def distortion(self, true: Tensor, made: Tensor, z: Tensor, c: Tensor) -> Tensor:
        """The mean distance of reconstructions from true showers, for cards with its weight."""

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        energy, voxels, sizes = joined(training, validation, self.spectrum.device)
        seen = self.prepared(energy, voxels, sizes[0], seed)
        schedule = Schedule(**self.card["train"])
        groups = []
        for name, critic in self.networks["critics"].items():
            own = self.card["critics"][name]
            own_schedule, loss = (
                replace(schedule, lr=own["lr"]),
                partial(self._critic_loss, seen, name),
            )
            groups.append(OptimiserGroup(name, critic, loss, own_schedule, own["steps"]))
        autoencoder = nn.ModuleList([self.networks["encoder"], self.networks["decoder"]])
        loss = partial(self._autoencoder_loss, seen)
        groups.append(OptimiserGroup("autoencoder", autoencoder, loss, schedule))
        options = self.card["post_processor"]
        pretraining = options["pretraining"] * ceil(sizes[0] / schedule.batch)  # batches
        groups.append(
            OptimiserGroup(
                "post_processor",
                self.networks["post_processor"],
                partial(self._post_processor_loss, seen, voxels, pretraining),
                replace(schedule, lr=options["lr"]),
                first_epoch=options["first_epoch"] - options["pretraining"],
            )
        )
        return train_alternately("bibae", self.networks, groups, sizes, seed, checkpoint)

    def _autoencoder_loss(self, seen: Seen, rows: Tensor, rng: torch.Generator) -> Tensor:
        """The loss of encoder and decoder on some rows."""
        critics, weights = self.networks["critics"], self.card["weights"]
        state = seen(rows, rng)
        c = self.condition(state.condition)
        z, noise, mean, log_std = self._encoded(state, c, rng)
        made, prior = self.decoded(z, noise, c), normal_noise(*z.shape, rng, z.device)
        terms = {
            "divergence": normal_divergence(mean, log_std).mean(),
            "discrepancy": sum(mean_discrepancy(z, prior, a) for a in LATENT_ALPHAS),
        }
        if "distortion" in weights:
            terms["distortion"] = self.distortion(state.flat().float(), made, z, c)
        for name, critic in critics.items():
            fake = z if name == LATENT else self.view(name, state, made)[1]
            terms[name] = -frozen_score(critic, fake, c).mean()
        return sum(weights[name] * term for name, term in terms.items())

    def _critic_loss(self, seen: Seen, name: str, rows: Tensor, rng: torch.Generator) -> Tensor:
        """The loss of a critic on some rows."""
        state = seen(rows, rng)
        c = self.condition(state.condition)
        with torch.no_grad():
            z, noise, *_ = self._encoded(state, c, rng)
            if name == LATENT:
                real, fake = normal_noise(*z.shape, rng, z.device), z
            else:
                real, fake = self.view(name, state, self.decoded(z, noise, c))
        critic = self.networks["critics"][name]
        return critic_loss(critic, real, fake, c, self.card["penalty"], rng)

    def _post_processor_loss(
        self, seen: Seen, voxels: Tensor, pretraining: int, rows: Tensor, rng: torch.Generator
    ) -> Tensor:
        """The loss of the post-processor on some rows.

        Arguments:
            seen: The function that gives what the networks see of rows.
            voxels: The deposits (N, n_voxels) of all rows in MeV.
            pretraining: The number of batches in which it learns to change nothing.
            rows: The rows.
            rng: The source of random numbers.
        """
        post, options = self.networks["post_processor"], self.card["post_processor"]
        with torch.no_grad():
            state = seen(rows, rng)
            c = self.condition(state.condition)
            z, noise, *_ = self._encoded(state, c, rng)
            made = self.decoded(z, noise, c)
            before = post.hits(self.deposits(state.condition, made))
            post.batches += 1
            post.active.copy_(post.batches > pretraining)
        after = post(before, state.condition)
        change = (after - before).square().mean()
        if not post.active:
            return change
        spectrum = sorted_discrepancy(after, post.hits(voxels[rows]), **options["spectrum"])
        return change + self.card["weights"]["spectrum"] * spectrum

    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        rows = self.card["train"]["batch"]  # at once, as many as fit in memory
        parts = zip(condition.split(rows), z.split(rows), strict=True)
        return torch.cat([self._decoded(*part) for part in parts])

    @property
    def attributes(self) -> dict[str, Any]:
        post = self.networks["post_processor"]
        return {**super().attributes, "post_processed": str(bool(post.active))}

    def _decoded(self, energy: Tensor, z: Tensor) -> Tensor:
        made = self.decoded(*z.split(self.sizes, dim=1), self.condition(energy))
        deposits, post = self.deposits(energy, made), self.networks["post_processor"]
        return post.mended(deposits, energy) if post.active else deposits

    def _encoded(self, state: State, c: Tensor, rng: torch.Generator) -> tuple[Tensor, ...]:
        """z, further noise of the decoder, mean and log std of the posterior of z."""
        mean, log_std = self.networks["encoder"](state.flat().float(), c)
        own, noise = normal_noise(len(c), self.latent_size, rng, c.device).split(self.sizes, 1)
        return mean + log_std.exp() * own, noise, mean, log_std
