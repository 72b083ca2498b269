"""Generators that learn the layer energies first and the shapes given them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import zuko
from torch import Tensor, nn

from ultimetric.generators.base import joined, tensors
from ultimetric.generators.conditions import log_energy, log_layer_energies
from ultimetric.generators.flows.build import masked_flow
from ultimetric.generators.latent import LatentGenerator
from ultimetric.generators.schedule import Schedule
from ultimetric.generators.training import Loss, train
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.showers import Showers
from ultimetric.preprocessing.base import Chain, State
from ultimetric.seeds import seed_from


class Factorised(LatentGenerator):
    """p(u | E_inc) p(shapes | u, E_inc), the factorisation of arXiv:2106.05285.

    A subclass makes the parts: `chain`, the preprocessing; `energies` and `shapes`, the networks,
    which are trained one after the other with the card's `train_energies` and `train_shapes`.
    """

    recipe = "normalised"

    chain: Chain
    energies: nn.Module
    shapes: nn.Module

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__(card, geometry)
        self.chain = Chain(card["preprocessing"], geometry)
        self.latent_size = geometry.n_layers + geometry.n_voxels

    @abstractmethod
    def energies_loss(self, state: State, rng: torch.Generator) -> Tensor:
        """Mean loss of the energy variables of preprocessed showers."""

    @abstractmethod
    def shapes_loss(self, state: State, rng: torch.Generator) -> Tensor:
        """Mean loss of the shapes of preprocessed showers."""

    def prepare(self, state: State) -> None:
        """Learn constants from the preprocessed training showers."""

    def learn(
        self, training: Showers, validation: Showers, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        energy, voxels, sizes = joined(training, validation, self.spectrum.device)
        start = State(energy[: sizes[0]], voxels[: sizes[0]])
        self.chain.fit(start, torch.Generator().manual_seed(seed))
        self.prepare(self.chain(start, torch.Generator().manual_seed(seed)))

        def of_rows(loss: Callable[[State, torch.Generator], Tensor]) -> Loss:
            return lambda rows, rng: loss(self.chain(State(energy[rows], voxels[rows]), rng), rng)

        history = []
        for name, network, loss in (
            ("energies", self.energies, self.energies_loss),
            ("shapes", self.shapes, self.shapes_loss),
        ):
            schedule = Schedule(**self.card[f"train_{name}"])
            own_seed = seed_from(seed, name)
            history += train(name, network, of_rows(loss), sizes, schedule, own_seed, checkpoint)
        return history

    def without_voxels(self, energy: Tensor, layers: Tensor) -> State:
        """Generated energy variables (N, n_layers), the voxels still zero."""
        return State(energy, energy.new_zeros(len(energy), self.geometry.n_voxels), layers)


class FactorisedFlow(Factorised):
    """Both parts are flows.

    `energies` sees log10(E_inc / 10 GeV); `shapes`, of all voxels, in addition
    log10(E_i / 100 GeV + 1e-8) + 2.
    """

    energies: zuko.flows.Flow
    shapes: zuko.flows.Flow

    def energies_loss(self, state: State, rng: torch.Generator) -> Tensor:
        return -self._log_prob_energies(state).mean()

    def shapes_loss(self, state: State, rng: torch.Generator) -> Tensor:
        return -self._log_prob_shapes(state).mean()

    def decode(self, energy: Tensor, z: Tensor) -> Tensor:
        z_layers, z_voxels = z.tensor_split([self.geometry.n_layers], dim=1)
        state = self.decode_energies(energy, z_layers)
        voxels = self.shapes(self.condition(state)).transform.inv(z_voxels).double()
        return self.chain.inverse(State(energy, voxels, state.layers)).voxels

    def decode_energies(self, energy: Tensor, z: Tensor) -> State:
        """The preprocessed state, its voxels zero, of latent vectors z (N, n_layers)."""
        layers = self.energies(log_energy(energy)).transform.inv(z).double()
        return self.without_voxels(energy, layers)

    @torch.no_grad()
    def log_prob(self, showers: Showers, seed: int) -> np.ndarray:
        state = State(*tensors(showers, self.spectrum.device))
        state = self.chain(state, torch.Generator().manual_seed(seed))
        total = state.log_det + self._log_prob_energies(state) + self._log_prob_shapes(state)
        return total.cpu().numpy()

    def condition(self, state: State) -> Tensor:
        """What the shapes see of a preprocessed state, (N, 1 + n_layers)."""
        return torch.cat([log_energy(state.energy), log_layer_energies(self.chain, state)], 1)

    def _log_prob_energies(self, state: State) -> Tensor:
        return self.energies(log_energy(state.energy)).log_prob(state.layers.float())

    def _log_prob_shapes(self, state: State) -> Tensor:
        return self.shapes(self.condition(state)).log_prob(state.voxels.float())


def energies_flow(geometry: Geometry, blocks: int, **options: Any) -> zuko.flows.Flow:
    """The masked autoregressive flow of the energy variables; options of `masked_flow`."""
    orders = layered_orders([slice(0, geometry.n_layers)], blocks)
    return masked_flow(geometry.n_layers, 1, orders, **options)


def layered_orders(layers: list[slice] | tuple[slice, ...], blocks: int) -> list[Tensor]:
    """Orders that keep the layers in sequence: reversed inside each, then permuted, and so on."""
    rng = torch.Generator().manual_seed(blocks)
    orders = []
    order = torch.arange(layers[-1].stop)
    for block in range(blocks):
        orders.append(order)
        parts = []
        for layer in layers:
            inside = order[layer]
            random = torch.randperm(len(inside), generator=rng)
            parts.append(inside.flip(0) if block % 2 == 0 else inside[random])
        order = torch.cat(parts)
    return orders
