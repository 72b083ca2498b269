"""Bounded-information-bottleneck autoencoder of showers in a box of cells (arXiv:2005.05334)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ultimetric.generators.autoencoders.bottleneck import LATENT, Bottleneck, Seen
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.models.critics import ComponentCritic
from ultimetric.models.showers.box import BoxCritic, BoxDecoder, BoxEncoder, box_of
from ultimetric.models.showers.post_processor import BoxPostProcessor
from ultimetric.preprocessing.base import State


class BIBAE(Bottleneck):
    """The networks of the public code: 3-D convolutions of deposits in MeV, without preprocessing.

    Of z's numbers, `latent.active` depend on the shower, the others are noise. One critic sees
    pairs of showers, a true one with itself or with its reconstruction; another one single numbers
    of z. The post-processor may fill empty cells.

    Raises:
        UserError: The geometry is no box of equal layers.
    """

    recipe = "none"

    def __init__(self, card: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(card, kind)
        box, size, options = box_of(self.geometry), card["latent"]["size"], card["critics"]
        self.latent_size, self.sizes = size, [size, 0]
        critics = {
            "shower": BoxCritic(box, options["shower"]["filters"]),
            LATENT: ComponentCritic(options[LATENT]["hidden_features"]),
        }
        self.networks = nn.ModuleDict(
            {
                "encoder": BoxEncoder(box, size, card["latent"]["active"], **card["encoder"]),
                "decoder": BoxDecoder(box, size, **card["decoder"]),
                "critics": nn.ModuleDict(critics),
                "post_processor": BoxPostProcessor(box, card["post_processor"]["filters"]),
            }
        ).to(memory_format=torch.channels_last_3d)

    def prepared(self, energy: Tensor, voxels: Tensor, n_train: int, seed: int) -> Seen:
        return lambda rows, rng: State(energy[rows], voxels[rows])

    def condition(self, energy: Tensor) -> Tensor:
        return energy.float()

    def decoded(self, z: Tensor, noise: Tensor, c: Tensor) -> Tensor:
        return self.networks["decoder"](z, c)

    def deposits(self, energy: Tensor, made: Tensor) -> Tensor:
        return made.double()

    def view(self, name: str, state: State, made: Tensor) -> tuple[Tensor, Tensor]:
        true = state.data.float()
        return torch.cat([true, true], 1), torch.cat([true, made], 1)

    def distortion(self, true: Tensor, made: Tensor, z: Tensor, c: Tensor) -> Tensor:
        """The mean absolute difference of ln(1 + deposit in MeV), summed over the cells."""
        return (made.log1p() - true.log1p()).abs().sum(1).mean()
