"""Variational autoencoder of data and totals (arXiv:1312.6114)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ultimetric.events import Entries
from ultimetric.generators.base import joined, tensors
from ultimetric.generators.latent import LatentGenerator
from ultimetric.generators.preprocessed import Preprocessed
from ultimetric.kinds.base import Kind
from ultimetric.models.context import context, n_context
from ultimetric.models.encoders import (
    Encoder,
    FactorisedDecoder,
    normal_noise,
    rate_and_distortion,
)
from ultimetric.preprocessing.base import State
from ultimetric.training.loop import train
from ultimetric.training.schedule import Schedule


class VAE(Preprocessed, LatentGenerator):
    """p(data, totals | c) as a beta-VAE (Higgins et al., ICLR 2017).

    The loss is distortion + beta * rate. The decoder is p(totals | z, c) p(data | z, totals, c);
    of a shower, energy variables and shapes. Behind the autoencoder's own z, the latent vector of
    `decode` holds the noise of the decoder: without it showers would be means, too smooth and
    never empty.
    """

    takes_totals: ClassVar = True

    training_only: ClassVar[tuple[str, ...]] = ("networks.encoder.",)

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        latent, n, n_seen = card["latent"], self.chain.n_variables, n_context(kind)
        self.sizes = [latent, n]
        self.latent_size = sum(self.sizes)
        sizes = kind.n_values, self.chain.n_totals
        self.networks = nn.ModuleDict(
            {
                "encoder": Encoder(n, n_seen, latent, **card["encoder"]),
                "decoder": FactorisedDecoder(*sizes, n_seen, latent, **card["decoder"]),
            }
        )

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        condition, data, sizes = joined(training, validation, self.spectrum.device)
        seen = self.fit_chain(condition, data, sizes[0], seed)

        def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            rate, distortion = self._rate_and_distortion(seen(rows, rng), rng)
            return (distortion + self.card["beta"] * rate).mean()

        schedule = Schedule(**self.card["train"])
        return train("vae", self.networks, loss, sizes, schedule, seed, checkpoint)

    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        z, noise = z.split(self.sizes, dim=1)
        x = self.networks["decoder"].draw(noise, z, context(self.kind, condition))
        return self.chain.restored(condition, x)

    @torch.no_grad()
    def numbers(self, events: Entries, seed: int) -> dict[str, np.ndarray]:
        """Rate, distortion and evidence lower bound of log p(entry | c), (N,) in nats each.

        `distortion` has the Jacobian of the preprocessing in it, as a likelihood has (see
        `log_prob`), so that `elbo` = -(rate + distortion) is a lower bound of that likelihood.
        One latent vector is drawn per entry.
        """
        rng = torch.Generator().manual_seed(seed)
        state = self.chain(State(*tensors(events, self.spectrum.device)), rng)
        rate, distortion = self._rate_and_distortion(state, rng)
        distortion = distortion - state.log_det
        numbers = {"rate": rate, "distortion": distortion, "elbo": -rate - distortion}
        return {name: value.double().cpu().numpy() for name, value in numbers.items()}

    def _rate_and_distortion(self, state: State, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        x, c = state.flat().float(), context(self.kind, state.condition)
        noise = normal_noise(len(x), self.sizes[0], rng, x.device)
        encoder, decoder = self.networks["encoder"], self.networks["decoder"]
        return rate_and_distortion(encoder, lambda z: decoder.log_prob(x, z, c), x, c, noise)
