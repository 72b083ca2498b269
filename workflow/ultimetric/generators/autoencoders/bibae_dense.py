"""A stand-in for BIB-AE with dense layers, for showers in few cells of any shape."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ultimetric.generators.autoencoders.bottleneck import LATENT, Bottleneck, Seen
from ultimetric.generators.preprocessed import Preprocessed
from ultimetric.kinds.showers.geometry import GEV
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.models.critics import Critic
from ultimetric.models.encoders import Encoder, FactorisedDecoder
from ultimetric.models.showers.condition import log_energy
from ultimetric.models.showers.post_processor import HitPostProcessor
from ultimetric.preprocessing.base import State


class DenseBIBAE(Bottleneck, Preprocessed):
    """The losses of BIB-AE (arXiv:2005.05334) with dense networks of preprocessed variables.

    Noise enters behind splines, one number per variable, not as further latent variables. The
    difference of shower and reconstruction may have a critic of its own instead of a branch of the
    other one. The post-processor fills no empty voxel and keeps the energies of layers.

    Of the card: `share`, the unit of the shares of the incident energy that the critic of showers
    sees; the `distortion` is the negative log-likelihood of the decoder.
    """

    takes_totals: ClassVar = True

    def __init__(self, card: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(card, kind)
        latent, sizes = card["latent"], (kind.n_values, kind.n_totals)
        features = sum(sizes)
        self.sizes = [latent, features]
        self.latent_size = sum(self.sizes)
        judged = {
            "shower": features + kind.n_values,
            "difference": features,
            LATENT: latent,
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
                "post_processor": HitPostProcessor(self.geometry, **post),
            }
        )

    def prepared(self, energy: Tensor, voxels: Tensor, n_train: int, seed: int) -> Seen:
        return self.fit_chain(energy, voxels, n_train, seed)

    def condition(self, energy: Tensor) -> Tensor:
        return log_energy(energy)

    def decoded(self, z: Tensor, noise: Tensor, c: Tensor) -> Tensor:
        return self.networks["decoder"].draw(noise, z, c)

    def deposits(self, energy: Tensor, made: Tensor) -> Tensor:
        return self.chain.restored(energy, made)

    def view(self, name: str, state: State, made: Tensor) -> tuple[Tensor, Tensor]:
        """Of a shower, preprocessed variables, which are logarithms for small deposits, and shares
        of the incident energy."""
        true = state.flat().float()
        if name == "difference":
            return torch.zeros_like(true), made - true
        energy = state.condition
        shares = (self.chain.restored(energy, x) / (GEV * energy) for x in (true, made))
        both = zip((true, made), shares, strict=True)
        return tuple(torch.cat([x, self.card["share"] * share.float()], 1) for x, share in both)

    def distortion(self, true: Tensor, made: Tensor, z: Tensor, c: Tensor) -> Tensor:
        return -self.networks["decoder"].log_prob(true, z, c).mean()
