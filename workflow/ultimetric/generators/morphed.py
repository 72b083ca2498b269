"""A generator whose showers are moved to the truth instead of being reweighted (arXiv:2309.06472).

The flow between the two samples is learned by flow matching between them (arXiv:2302.00482).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.generators.base import tensors
from ultimetric.generators.built_on import BuiltOn
from ultimetric.generators.conditions import log_energy
from ultimetric.generators.odes import integrate
from ultimetric.generators.schedule import Schedule
from ultimetric.generators.timed import TimedMLP
from ultimetric.generators.training import train
from ultimetric.generators.transport import paired
from ultimetric.kinds.showers.geometry import GEV, Geometry
from ultimetric.kinds.showers.showers import Showers
from ultimetric.preprocessing.base import Chain, State
from ultimetric.seeds import seed_from


class Morphed(BuiltOn):
    """Showers of the base, carried along a velocity field from t = 0 to the truth at t = 1.

    It acts on shapes and energy variables, in the preprocessing of the base unless it has one of
    its own, and starts its training as no motion at all.

    Raises:
        UserError: there is no preprocessing.
    """

    recipe = "normalised"

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__(card, geometry)
        if "preprocessing" not in card:
            raise UserError("morphed: needs a `preprocessing` of its own, as its base has none")
        self.chain = Chain(card["preprocessing"], geometry)
        self.velocity = TimedMLP(geometry.n_voxels + geometry.n_layers, 1, **card["velocity"])
        last = self.velocity.last[-1]
        torch.nn.init.zeros_(last.weight)
        torch.nn.init.zeros_(last.bias)
        self.register_buffer("response", torch.tensor(1.0, dtype=torch.float64))

    def learn(
        self, training: Showers, validation: Showers, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        start = State(*tensors(training, self.spectrum.device))
        self.chain.fit(start, torch.Generator().manual_seed(seed))
        self.response.copy_((start.voxels.sum(1) / (GEV * start.energy[:, 0])).max())
        parts = [
            self._pairs(State(*tensors(part, self.spectrum.device)), seed_from(seed, name))
            for part, name in ((training, "training"), (validation, "validation"))
        ]
        sizes = len(parts[0][0]), len(parts[1][0])
        energy, x, y = (torch.cat(both) for both in zip(*parts, strict=True))

        def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            t = torch.rand(len(rows), generator=rng).to(x)
            between = torch.lerp(x[rows], y[rows], t[:, None])
            return (self.velocity(between, t, energy[rows]) - (y[rows] - x[rows])).square().mean()

        schedule = Schedule(**self.card["train"])
        return train("velocity", self.velocity, loss, sizes, schedule, seed, checkpoint)

    def generate(self, energy: Tensor, rng: torch.Generator) -> Tensor:
        x = self._prepared(energy, rng)
        times = torch.linspace(0, 1, self.card["steps"] + 1)
        c = log_energy(energy)
        y = integrate(lambda t, x: self.velocity(x, t, c), x, times, "midpoint").double()
        voxels, layers = y.tensor_split([self.geometry.n_voxels], dim=1)
        return self.chain.inverse(State(energy, voxels, layers)).voxels

    @torch.no_grad()
    def _pairs(self, truth: State, seed: int) -> tuple[Tensor, Tensor, Tensor]:
        """Conditions, showers of the base and of the truth, `fresh` of each, in pairs."""
        rng = torch.Generator().manual_seed(seed)
        pairs = []
        for _ in range(self.card["fresh"]):
            x = self._prepared(truth.energy, rng)
            y = self.chain(truth, rng).flat().float()
            partner = paired(truth.energy[:, 0], x, y, self.card["group"])
            pairs.append((log_energy(truth.energy), x, y[partner]))
        return tuple(torch.cat(parts) for parts in zip(*pairs, strict=True))

    def _prepared(self, energy: Tensor, rng: torch.Generator) -> Tensor:
        """Fresh showers of the base as the velocity sees them (N, n_voxels + n_layers)."""
        made = self.finish(energy[:, 0].cpu().numpy(), self.base.generate(energy, rng))
        voxels = torch.as_tensor(made.voxels, dtype=torch.float64, device=energy.device)
        # The preprocessing takes what the truth deposits, and no truth deposits more.
        limit = self.response * GEV * energy
        voxels = voxels * (limit / voxels.sum(1, keepdim=True)).clamp(max=1)
        return self.chain(State(energy, voxels), rng).flat().float()
