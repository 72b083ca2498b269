"""Bounded-information-bottleneck autoencoder with post-processor (arXiv:2005.05334)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ultimetric.events import Entries
from ultimetric.generators.base import joined
from ultimetric.generators.latent import LatentGenerator
from ultimetric.generators.preprocessed import Preprocessed
from ultimetric.generators.showers import ShowerGenerator
from ultimetric.kinds.showers.geometry import GEV
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.models.critics import Critic, critic_loss, frozen_score
from ultimetric.models.discrepancies import mean_discrepancy, sorted_discrepancy
from ultimetric.models.encoders import (
    Encoder,
    FactorisedDecoder,
    normal_divergence,
    normal_noise,
)
from ultimetric.models.showers.condition import log_energy
from ultimetric.models.showers.post_processor import PostProcessor
from ultimetric.preprocessing.base import State
from ultimetric.training.loop import Loss, OptimiserGroup, train_alternately
from ultimetric.training.schedule import Schedule

LATENT_ALPHAS = (1.0, 0.01)  # kernels of the latent discrepancy, as in the public code


class BIBAE(ShowerGenerator, Preprocessed, LatentGenerator):
    """An autoencoder trained against critics instead of a distance to its input.

    The encoder's z, with the incident energy and further noise, is decoded. One critic compares
    reconstructions with true showers, one the difference of the two with zero, one z with the
    normal prior, towards which a divergence and a discrepancy pull it as well. From an epoch on, a
    post-processor, until then the identity, corrects the spectrum of the voxels.

    Of the card: `weights` of the terms of the loss (a critic's under its name, the decoder's
    negative log-likelihood as `distortion`, if at all), `penalty` of the critics' gradients, and
    `share`, the unit of the shares of the incident energy that the critic of showers sees.
    """

    takes_totals: ClassVar = True

    training_only: ClassVar[tuple[str, ...]] = ("networks.encoder.", "networks.critics.")

    def __init__(self, card: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(card, kind)
        latent, sizes = card["latent"], (kind.n_values, kind.n_totals)
        features = sum(sizes)
        self.sizes = [latent, features]
        self.latent_size = sum(self.sizes)
        judged = {
            "shower": features + kind.n_values,
            "difference": features,
            "latent": latent,
        }
        critics = {
            name: Critic(judged[name], 1, hidden_features=options["hidden_features"])
            for name, options in card["critics"].items()
        }
        post = {"hidden_features": card["post_processor"]["hidden_features"]}
        self.networks = nn.ModuleDict(
            {
                "encoder": Encoder(features, 1, latent, **card["encoder"]),
                "decoder": FactorisedDecoder(*sizes, 1, latent, **card["decoder"]),
                "critics": nn.ModuleDict(critics),
                "post_processor": PostProcessor(self.geometry, **post),
            }
        )

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        energy, voxels, sizes = joined(training, validation, self.spectrum.device)
        seen = self.fit_chain(energy, voxels, sizes[0], seed)
        critics, weights = self.networks["critics"], self.card["weights"]
        post = self.networks["post_processor"]

        def autoencoder_loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            state = seen(rows, rng)
            c = log_energy(state.condition)
            made, z, mean, log_std = self._reconstructed(state, rng)
            prior = normal_noise(*mean.shape, rng, mean.device)
            terms = {
                "divergence": normal_divergence(mean, log_std).mean(),
                "discrepancy": sum(mean_discrepancy(z, prior, a) for a in LATENT_ALPHAS),
            }
            if "distortion" in weights:
                x = state.flat().float()
                terms["distortion"] = -self.networks["decoder"].log_prob(x, z, c).mean()
            for name, critic in critics.items():
                _, fake = self._view(name, state, made, z, prior)
                terms[name] = -frozen_score(critic, fake, c).mean()
            return sum(weights[name] * term for name, term in terms.items())

        def loss_of(name: str) -> Loss:
            def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
                with torch.no_grad():
                    state = seen(rows, rng)
                    made, z, *_ = self._reconstructed(state, rng)
                    prior = normal_noise(*z.shape, rng, z.device)
                    real, fake = self._view(name, state, made, z, prior)
                c, penalty = log_energy(state.condition), self.card["penalty"]
                return critic_loss(critics[name], real, fake, c, penalty, rng)

            return loss

        def post_loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            with torch.no_grad():
                state = seen(rows, rng)
                made, *_ = self._reconstructed(state, rng)
                before = post.hits(self.chain.restored(state.condition, made))
            after = post(before, state.condition)
            spectrum = sorted_discrepancy(after, post.hits(voxels[rows]), **options["spectrum"])
            return (after - before).square().mean() + weights["spectrum"] * spectrum

        options = self.card["post_processor"]
        schedule = Schedule(**self.card["train"])
        autoencoder = nn.ModuleList([self.networks["encoder"], self.networks["decoder"]])
        groups = [OptimiserGroup("autoencoder", autoencoder, autoencoder_loss, schedule)]
        for name, critic in critics.items():
            own = self.card["critics"][name]
            own_schedule = replace(schedule, lr=own["lr"])
            groups.append(OptimiserGroup(name, critic, loss_of(name), own_schedule, own["steps"]))
        own_schedule = replace(schedule, lr=options["lr"])
        first = options["first_epoch"]
        groups.append(
            OptimiserGroup("post_processor", post, post_loss, own_schedule, first_epoch=first)
        )
        return train_alternately("bibae", self.networks, groups, sizes, seed, checkpoint)

    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        z, noise = z.split(self.sizes, dim=1)
        x = self.networks["decoder"].draw(noise, z, log_energy(condition))
        deposits = self.chain.restored(condition, x)
        return self.networks["post_processor"].mended(deposits, condition)

    def _reconstructed(self, state: State, rng: torch.Generator) -> tuple[Tensor, ...]:
        """Reconstruction of the preprocessed variables; z, mean and log std of its posterior."""
        c = log_energy(state.condition)
        mean, log_std = self.networks["encoder"](state.flat().float(), c)
        noise = normal_noise(len(c), self.latent_size, rng, c.device)
        own, noise = noise.split(self.sizes, dim=1)
        z = mean + log_std.exp() * own
        return self.networks["decoder"].draw(noise, z, c), z, mean, log_std

    def _view(
        self, name: str, state: State, made: Tensor, z: Tensor, prior: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What a critic compares: rows as they should be, and as they are.

        A shower is seen in preprocessed variables, which are logarithms for small deposits, and
        as shares of the incident energy.
        """
        if name == "latent":
            return prior, z
        true = state.flat().float()
        if name == "difference":
            return torch.zeros_like(true), made - true
        energy = state.condition
        shares = (self.chain.restored(energy, x) / (GEV * energy) for x in (true, made))
        both = zip((true, made), shares, strict=True)
        return tuple(torch.cat([x, self.card["share"] * share.float()], 1) for x, share in both)
