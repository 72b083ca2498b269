"""CaloINN: one coupling flow over shapes and energy variables (arXiv:2312.09290)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.generators.base import joined, tensors
from ultimetric.generators.conditions import log_energy
from ultimetric.generators.flows.build import coupling_flow, half_masks
from ultimetric.generators.latent import LatentGenerator
from ultimetric.generators.schedule import Schedule
from ultimetric.generators.training import train
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.showers import Showers
from ultimetric.preprocessing.base import Chain, State


class CaloINN(LatentGenerator):
    """p(shapes, u | E_inc) as a coupling flow of rational-quadratic splines.

    Each pair of blocks splits the variables into two random halves and transforms both. The first
    half of the pairs leaves u alone, so that the shapes are learned given u.
    """

    recipe = "normalised"

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__(card, geometry)
        self.chain = Chain(card["preprocessing"], geometry)
        self.latent_size = geometry.n_voxels + geometry.n_layers
        flow = dict(card["flow"])
        masks = half_masks(geometry.n_voxels, geometry.n_layers, flow.pop("blocks"))
        self.flow = coupling_flow(self.latent_size, 1, masks, **flow)

    def learn(
        self, training: Showers, validation: Showers, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        energy, voxels, sizes = joined(training, validation, self.spectrum.device)
        start = State(energy[: sizes[0]], voxels[: sizes[0]])
        self.chain.fit(start, torch.Generator().manual_seed(seed))

        def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            state = self.chain(State(energy[rows], voxels[rows]), rng)
            return -self.flow(log_energy(state.energy)).log_prob(state.flat().float()).mean()

        schedule = Schedule(**self.card["train"])
        return train("flow", self.flow, loss, sizes, schedule, seed, checkpoint)

    def decode(self, energy: Tensor, z: Tensor) -> Tensor:
        x = self.flow(log_energy(energy)).transform.inv(z).double()
        voxels, layers = x.tensor_split([self.geometry.n_voxels], dim=1)
        return self.chain.inverse(State(energy, voxels, layers)).voxels

    @torch.no_grad()
    def log_prob(self, showers: Showers, seed: int) -> np.ndarray:
        state = State(*tensors(showers, self.spectrum.device))
        state = self.chain(state, torch.Generator().manual_seed(seed))
        density = self.flow(log_energy(state.energy)).log_prob(state.flat().float())
        return (state.log_det + density).cpu().numpy()
