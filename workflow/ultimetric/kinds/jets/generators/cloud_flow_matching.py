"""Particles of jets by flow matching that does not depend on their order.

The published models are EPiC-FM (arXiv:2310.00049) and, as a GAN, EPiC-GAN (arXiv:2301.08128).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.generators.base import Generator, joined
from ultimetric.kinds.jets.kind import CONSTITUENTS, JetKind
from ultimetric.kinds.jets.measures import VARIABLES
from ultimetric.kinds.jets.points import JetPoints
from ultimetric.models.transports.clouds import CloudField, DeepSets
from ultimetric.models.transports.timed import TimedMLP
from ultimetric.models.transports.velocities import VelocityField
from ultimetric.seeds import seed_from
from ultimetric.training.loop import train
from ultimetric.training.schedule import Schedule


class CloudFlowMatching(Generator):
    """p(n) p(whole jet | n) p(particles | whole jet, n), for n particles that are there.

    p(n) is the histogram of the training truth; the others are velocity fields, that of the
    particles equivariant under permutations. Training jets are mirrored at random in eta and phi.
    """

    recipe = "none"

    def __init__(self, card: dict[str, Any], kind: JetKind) -> None:
        super().__init__(card, kind)
        if not kind.cloud:
            raise UserError(
                f"cloud_flow_matching: models the particles of jets, `content: {CONSTITUENTS}`"
            )
        self.variables = JetPoints(kind)
        n_points, n_whole = self.variables.n_points, self.variables.n_whole
        self.whole = VelocityField(
            TimedMLP(n_whole, 1, **card["whole"]), card["sampling_whole"], {}
        )
        network = DeepSets(n_points, len(VARIABLES), 1 + n_whole, **card["particles"])
        self.particles = CloudField(network, card["sampling_particles"], {})

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        _, data, sizes = joined(training, validation, self.spectrum.device)
        self.variables.fit(data[: sizes[0]])
        points, there, whole = self.variables(data)

        def seen(rows: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
            mirrored = self.variables.mirrored(points[rows], whole[rows], rng)
            return *mirrored, there[rows]

        def whole_loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            _, x, there = seen(rows, rng)
            return self.whole.loss(x, _share(there), rng)

        def particles_loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            points, x, there = seen(rows, rng)
            return self.particles.loss(points.flatten(1), _condition(x, there), rng)

        history = []
        for name, loss in (("whole", whole_loss), ("particles", particles_loss)):
            schedule, network = Schedule(**self.card[f"train_{name}"]), getattr(self, name)
            own_seed = seed_from(seed, name)
            history += train(name, network, loss, sizes, schedule, own_seed, checkpoint)
        return history

    def generate(self, condition: Tensor, rng: torch.Generator) -> Tensor:
        n, variables = len(condition), self.variables
        there = variables.drawn(n, rng)
        # Drawn on the CPU, so that devices agree.
        z_whole, z = (
            torch.randn(n, size, generator=rng).to(condition.device)
            for size in (variables.n_whole, variables.n_points * len(VARIABLES))
        )
        whole = self.whole.decode(z_whole, _share(there))
        z = z * there.repeat_interleave(len(VARIABLES), 1)
        points = self.particles.decode(z, _condition(whole, there))
        return variables.inverse(points.unflatten(1, (variables.n_points, -1)), there, whole)


def _share(there: Tensor) -> Tensor:
    """The share of the points that are there (N, 1)."""
    return there.float().mean(1, keepdim=True)


def _condition(whole: Tensor, there: Tensor) -> Tensor:
    """What the particles are conditioned on, as `CloudField` takes it."""
    return torch.cat([_share(there), whole, there.to(whole)], 1)
