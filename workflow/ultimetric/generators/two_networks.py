"""Generators that make the energy variables first and the shapes given them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.generators.base import tensors
from ultimetric.generators.carriers import Carrier
from ultimetric.generators.conditions import log_energy, log_layer_energies
from ultimetric.generators.factorised import Factorised
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.showers import Showers
from ultimetric.preprocessing.base import State

ROWS = 1000  # showers whose likelihood is computed at once; traces need memory


class EnergiesThenShapes(Factorised):
    """p(u | E_inc) p(shapes | u, E_inc), a carrier each, which the subclass chooses."""

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__(card, geometry)
        n_layers, n_voxels = geometry.n_layers, geometry.n_voxels
        self.energies = self.carrier("energies", n_layers, 1)
        self.shapes = self.carrier("shapes", n_voxels, 1 + 2 * n_layers)

    @abstractmethod
    def carrier(self, name: str, features: int, context: int) -> Carrier:
        """The untrained carrier of `energies` or `shapes`, after the card."""

    def energies_loss(self, state: State, rng: torch.Generator) -> Tensor:
        return self.energies.loss(state.layers.float(), log_energy(state.energy), rng)

    def shapes_loss(self, state: State, rng: torch.Generator) -> Tensor:
        return self.shapes.loss(state.voxels.float(), self._condition(state), rng)

    def decode(self, energy: Tensor, z: Tensor) -> Tensor:
        return self.showers(energy, z)

    def showers(self, energy: Tensor, z: Tensor, rng: torch.Generator | None = None) -> Tensor:
        """As `decode`; with `rng`, the carriers may add noise of their own."""
        z_layers, z_voxels = z.tensor_split([self.geometry.n_layers], dim=1)
        layers = self.energies.decode(z_layers, log_energy(energy), rng).double()
        state = self.without_voxels(energy, layers)
        voxels = self.shapes.decode(z_voxels, self._condition(state), rng).double()
        return self.chain.inverse(State(energy, voxels, layers)).voxels

    @torch.no_grad()
    def log_prob(self, showers: Showers, seed: int) -> np.ndarray:
        rng = torch.Generator().manual_seed(seed)
        energy, voxels = tensors(showers, self.spectrum.device)
        parts = []
        for rows in torch.arange(len(energy)).split(ROWS):
            state = self.chain(State(energy[rows], voxels[rows]), rng)
            layers, incident = state.layers.float(), log_energy(state.energy)
            total = state.log_det + self.energies.log_prob(layers, incident, rng)
            total += self.shapes.log_prob(state.voxels.float(), self._condition(state), rng)
            parts.append(total)
        return torch.cat(parts).cpu().numpy()

    def _condition(self, state: State) -> Tensor:
        """What the shapes are given (N, 1 + 2 n_layers): energies decide what is occupied."""
        energies = log_layer_energies(self.chain, state)
        return torch.cat([log_energy(state.energy), state.layers.float(), energies], 1)
