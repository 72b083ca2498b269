"""Mixture density networks for energy variables and principal components of the shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.generators.base import tensors
from ultimetric.generators.conditions import log_energy
from ultimetric.generators.factorised import Factorised
from ultimetric.generators.mixtures import MixtureDensityNetwork
from ultimetric.generators.principal import PrincipalComponents
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.showers import Showers
from ultimetric.preprocessing.base import State

BOUND = 5.0  # standard deviations
AT_ONCE = 1000  # showers whose covariances are in memory


class MDN(Factorised):
    """p(u | E_inc) p(shapes | u, E_inc), both Gaussian mixtures with full covariance.

    Of the shapes the first principal components are a mixture; the others are normal with the
    variance that they have in the training truth, so that the density covers every voxel.
    """

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__(card, geometry)
        n_layers, n_voxels = geometry.n_layers, geometry.n_voxels
        self.latent_size = (1 + n_layers) + (1 + n_voxels)
        shapes = dict(card["shapes"])
        self.n_principal = min(shapes.pop("principal"), n_voxels)
        self.principal = PrincipalComponents(n_voxels)
        self.energies = MixtureDensityNetwork(n_layers, 1, **card["energies"])
        self.shapes = MixtureDensityNetwork(self.n_principal, 1 + n_layers, **shapes)

    def prepare(self, state: State) -> None:
        self.principal.fit(state.voxels)

    def energies_loss(self, state: State, rng: torch.Generator) -> Tensor:
        return -self.energies.log_prob(state.layers.float(), log_energy(state.energy)).mean()

    def shapes_loss(self, state: State, rng: torch.Generator) -> Tensor:
        kept = self.principal(state.voxels)[:, : self.n_principal].float()
        return -self.shapes.log_prob(kept, self._condition(state)).mean()

    def decode(self, energy: Tensor, z: Tensor) -> Tensor:
        parts = zip(energy.split(AT_ONCE), z.split(AT_ONCE), strict=True)
        return torch.cat([self._decode(*part) for part in parts])

    @torch.no_grad()
    def log_prob(self, showers: Showers, seed: int) -> np.ndarray:
        state = State(*tensors(showers, self.spectrum.device))
        state = self.chain(state, torch.Generator().manual_seed(seed))
        parts = zip(
            state.energy.split(AT_ONCE),
            state.voxels.split(AT_ONCE),
            state.layers.split(AT_ONCE),
            strict=True,
        )
        density = torch.cat([self._log_prob(State(*part)) for part in parts])
        return (state.log_det + density).cpu().numpy()

    def _decode(self, energy: Tensor, z: Tensor) -> Tensor:
        sizes = [
            1 + self.geometry.n_layers,
            1 + self.n_principal,
            self.geometry.n_voxels - self.n_principal,
        ]
        z_layers, z_kept, rest = z.split(sizes, 1)
        layers = self.energies.decode(log_energy(energy), z_layers).double()
        state = self.without_voxels(energy, layers)
        kept = self.shapes.decode(self._condition(state), z_kept)
        voxels = self.principal.inverse(torch.cat([kept, rest], 1).double())
        return self.chain.inverse(State(energy, voxels, layers)).voxels

    def _log_prob(self, state: State) -> Tensor:
        kept, rest = self.principal(state.voxels).float().tensor_split([self.n_principal], 1)
        total = self.energies.log_prob(state.layers.float(), log_energy(state.energy))
        total = total + self.shapes.log_prob(kept, self._condition(state))
        normal = torch.distributions.Normal(0.0, 1.0)
        return total + normal.log_prob(rest).sum(1) + self.principal.log_det

    def _condition(self, state: State) -> Tensor:
        # A nearly empty layer lies far out in logit space, where a network would extrapolate.
        return torch.cat([log_energy(state.energy), state.layers.clamp(-BOUND, BOUND).float()], 1)
