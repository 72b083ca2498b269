"""VAE+INN: a flow of the latent vector of an autoencoder (arXiv:2312.09290)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ultimetric.events import Entries
from ultimetric.generators.base import joined
from ultimetric.generators.latent import LatentGenerator
from ultimetric.generators.preprocessed import Preprocessed
from ultimetric.generators.showers import ShowerGenerator
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.models.encoders import (
    Decoder,
    Encoder,
    normal_noise,
    rate_and_distortion,
)
from ultimetric.models.flows.build import coupling_flow, half_masks
from ultimetric.models.showers.condition import log_energy
from ultimetric.preprocessing.base import State
from ultimetric.seeds import seed_from
from ultimetric.training.loop import train
from ultimetric.training.schedule import Schedule


class VAEINN(ShowerGenerator, Preprocessed, LatentGenerator):
    """p(z, u | E_inc) as a coupling flow, p(shapes | z, u, E_inc) as the decoder of a VAE.

    The autoencoder compresses the shapes given all energies, with little weight `beta` on the
    divergence from the prior, and is trained first. The flow then learns its posterior samples z,
    standardised, beside the energy variables u.
    """

    takes_totals: ClassVar = True

    training_only: ClassVar[tuple[str, ...]] = ("autoencoder.encoder.",)

    def __init__(self, card: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(card, kind)
        n_voxels, n_layers, latent = kind.n_values, kind.n_totals, card["latent"]
        self.sizes = [latent + n_layers, n_voxels]
        self.latent_size = sum(self.sizes)
        self.autoencoder = nn.ModuleDict(
            {
                "encoder": Encoder(n_voxels, 1 + n_layers, latent, **card["encoder"]),
                "decoder": Decoder(n_voxels, 1 + n_layers, latent, **card["decoder"]),
            }
        )
        flow = dict(card["flow"])
        masks = half_masks(latent, n_layers, flow.pop("blocks"))
        self.flow = coupling_flow(latent + n_layers, 1, masks, **flow)
        self.register_buffer("z_mean", torch.zeros(latent))
        self.register_buffer("z_std", torch.ones(latent))

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        energy, voxels, sizes = joined(training, validation, self.spectrum.device)
        seen = self.fit_chain(energy, voxels, sizes[0], seed)
        encoder, decoder = self.autoencoder["encoder"], self.autoencoder["decoder"]

        def autoencoder_loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            state = seen(rows, rng)
            x, c = state.data.float(), _condition(state.condition, state.totals.float())
            noise = normal_noise(len(x), len(self.z_mean), rng, x.device)
            rate, distortion = rate_and_distortion(
                encoder, lambda z: decoder.log_prob(x, z, c), x, c, noise
            )
            return (distortion + self.card["beta"] * rate).mean()

        def flow_loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            state = seen(rows, rng)
            z = (self._posterior_sample(state, rng) - self.z_mean) / self.z_std
            x = torch.cat([z, state.totals.float()], 1)
            return -self.flow(log_energy(state.condition)).log_prob(x).mean()

        def run(name: str, network: nn.Module, loss: Any) -> list[dict[str, Any]]:
            schedule = Schedule(**self.card[f"train_{name}"])
            return train(name, network, loss, sizes, schedule, seed_from(seed, name), checkpoint)

        history = run("autoencoder", self.autoencoder, autoencoder_loss)
        rng = torch.Generator().manual_seed(seed)
        z = self._posterior_sample(seen(torch.arange(sizes[0]), rng), rng)
        self.z_mean.copy_(z.mean(0))
        self.z_std.copy_(z.std(0))
        return history + run("flow", self.flow, flow_loss)

    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        z, noise = z.split(self.sizes, dim=1)
        z = self.flow(log_energy(condition)).transform.inv(z)
        z, layers = z.tensor_split([len(self.z_mean)], dim=1)
        z = self.z_mean + self.z_std * z
        voxels = self.autoencoder["decoder"].draw(noise, z, _condition(condition, layers))
        return self.chain.restored(condition, torch.cat([voxels, layers], 1))

    @torch.no_grad()
    def _posterior_sample(self, state: State, rng: torch.Generator) -> Tensor:
        c = _condition(state.condition, state.totals.float())
        mean, log_std = self.autoencoder["encoder"](state.data.float(), c)
        return mean + log_std.exp() * normal_noise(*mean.shape, rng, mean.device)


def _condition(energy: Tensor, layers: Tensor) -> Tensor:
    """The condition of the autoencoder: incident energy and energy variables."""
    return torch.cat([log_energy(energy), layers], 1)
