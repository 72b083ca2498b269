"""Variational autoencoder of shapes and energy variables (arXiv:1312.6114)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ultimetric.generators.autoencoders import (
    Encoder,
    ShowerDecoder,
    normal_noise,
    rate_and_distortion,
)
from ultimetric.generators.base import joined, tensors
from ultimetric.generators.conditions import log_energy
from ultimetric.generators.latent import LatentGenerator
from ultimetric.generators.schedule import Schedule
from ultimetric.generators.training import train
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.showers import Showers
from ultimetric.preprocessing.base import Chain, State


class VAE(LatentGenerator):
    """p(shapes, u | E_inc) as a beta-VAE (Higgins et al., ICLR 2017).

    The loss is distortion + beta * rate. The decoder is p(u | z, E_inc) p(shapes | z, u, E_inc).
    Behind the autoencoder's own z, the latent vector of `decode` holds the noise of the decoder:
    without it showers would be means, too smooth and never empty.
    """

    recipe = "normalised"

    training_only: ClassVar[tuple[str, ...]] = ("networks.encoder.",)

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__(card, geometry)
        self.chain = Chain(card["preprocessing"], geometry)
        latent, sizes = card["latent"], (geometry.n_voxels, geometry.n_layers)
        self.sizes = [latent, sum(sizes)]
        self.latent_size = sum(self.sizes)
        self.networks = nn.ModuleDict(
            {
                "encoder": Encoder(sum(sizes), 1, latent, **card["encoder"]),
                "decoder": ShowerDecoder(*sizes, latent, **card["decoder"]),
            }
        )

    def learn(
        self, training: Showers, validation: Showers, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        energy, voxels, sizes = joined(training, validation, self.spectrum.device)
        start = State(energy[: sizes[0]], voxels[: sizes[0]])
        self.chain.fit(start, torch.Generator().manual_seed(seed))

        def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            state = self.chain(State(energy[rows], voxels[rows]), rng)
            rate, distortion = self._rate_and_distortion(state, rng)
            return (distortion + self.card["beta"] * rate).mean()

        schedule = Schedule(**self.card["train"])
        return train("vae", self.networks, loss, sizes, schedule, seed, checkpoint)

    def decode(self, energy: Tensor, z: Tensor) -> Tensor:
        z, noise = z.split(self.sizes, dim=1)
        x = self.networks["decoder"].draw(noise, z, log_energy(energy)).double()
        voxels, layers = x.tensor_split([self.geometry.n_voxels], dim=1)
        return self.chain.inverse(State(energy, voxels, layers)).voxels

    @torch.no_grad()
    def numbers(self, showers: Showers, seed: int) -> dict[str, np.ndarray]:
        """Rate, distortion and evidence lower bound of log p(shower | E_inc), (N,) in nats each.

        `distortion` has the Jacobian of the preprocessing in it, as a likelihood has (see
        `log_prob`), so that `elbo` = -(rate + distortion) is a lower bound of that likelihood.
        One latent vector is drawn per shower.
        """
        rng = torch.Generator().manual_seed(seed)
        state = self.chain(State(*tensors(showers, self.spectrum.device)), rng)
        rate, distortion = self._rate_and_distortion(state, rng)
        distortion = distortion - state.log_det
        numbers = {"rate": rate, "distortion": distortion, "elbo": -rate - distortion}
        return {name: value.double().cpu().numpy() for name, value in numbers.items()}

    def _rate_and_distortion(self, state: State, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        x, c = state.flat().float(), log_energy(state.energy)
        noise = normal_noise(len(x), self.sizes[0], rng, x.device)
        encoder, decoder = self.networks["encoder"], self.networks["decoder"]
        return rate_and_distortion(encoder, lambda z: decoder.log_prob(x, z, c), x, c, noise)
