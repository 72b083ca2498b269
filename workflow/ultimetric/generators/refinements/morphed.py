"""A generator whose showers are moved to the truth instead of being reweighted (arXiv:2309.06472).

The flow between the two samples is learned by flow matching between them (arXiv:2302.00482).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.generators.base import tensors
from ultimetric.generators.built_on import BuiltOn
from ultimetric.generators.showers import ShowerGenerator
from ultimetric.kinds.showers.geometry import GEV
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.models.showers.condition import log_energy
from ultimetric.models.transports.odes import integrate
from ultimetric.models.transports.pairing import paired
from ultimetric.models.transports.timed import TimedMLP
from ultimetric.preprocessing.base import Chain, State
from ultimetric.seeds import seed_from
from ultimetric.training.loop import train
from ultimetric.training.schedule import Schedule


class Morphed(BuiltOn, ShowerGenerator):
    """Showers of the base, moved along a velocity field from t = 0 to the truth at t = 1.

    The field acts on shapes and energy variables, in the preprocessing of the base unless the
    generator has one of its own. It is zero before the training.

    Raises:
        UserError: There is no preprocessing.
    """

    recipe = "any"
    takes_totals: ClassVar = True

    def __init__(self, card: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(card, kind)
        if "preprocessing" not in card:
            raise UserError("morphed: needs a `preprocessing` of its own, as its base has none")
        self.chain = Chain(card["preprocessing"], kind)
        self.velocity = TimedMLP(self.chain.n_variables, 1, **card["velocity"])
        last = self.velocity.last[-1]
        torch.nn.init.zeros_(last.weight)
        torch.nn.init.zeros_(last.bias)
        self.register_buffer("response", torch.tensor(1.0, dtype=torch.float64))

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        start = State(*tensors(training, self.spectrum.device))
        self.chain.fit(start, torch.Generator().manual_seed(seed))
        self.response.copy_((start.data.sum(1) / (GEV * start.condition[:, 0])).max())
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

    def generate(self, condition: Tensor, rng: torch.Generator) -> Tensor:
        x = self._prepared(condition, rng)
        times = torch.linspace(0, 1, self.card["steps"] + 1)
        c = log_energy(condition)
        y = integrate(lambda t, x: self.velocity(x, t, c), x, times, "midpoint")
        return self.chain.restored(condition, y)

    @torch.no_grad()
    def _pairs(self, truth: State, seed: int) -> tuple[Tensor, Tensor, Tensor]:
        """Conditions, showers of the base and of the truth, `fresh` of each, in pairs."""
        rng = torch.Generator().manual_seed(seed)
        pairs = []
        for _ in range(self.card["fresh"]):
            x = self._prepared(truth.condition, rng)
            y = self.chain(truth, rng).flat().float()
            partner = paired(truth.condition[:, 0], x, y, self.card["group"])
            pairs.append((log_energy(truth.condition), x, y[partner]))
        return tuple(torch.cat(parts) for parts in zip(*pairs, strict=True))

    def _prepared(self, energy: Tensor, rng: torch.Generator) -> Tensor:
        """Fresh showers of the base as the velocity sees them (N, n_voxels + n_layers)."""
        made = self.finish(energy.cpu().numpy(), self.base.generate(energy, rng))
        voxels = torch.as_tensor(made.data, dtype=torch.float64, device=energy.device)
        # The preprocessing takes what the truth deposits, and no truth deposits more.
        limit = self.response * GEV * energy
        voxels = voxels * (limit / voxels.sum(1, keepdim=True)).clamp(max=1)
        return self.chain(State(energy, voxels), rng).flat().float()
