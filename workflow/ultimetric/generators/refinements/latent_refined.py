"""A generator refined in its latent space (LaSeR, arXiv:2106.00792; ELSA, arXiv:2305.07696)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor
from zuko.nn import MLP

from ultimetric.errors import UserError
from ultimetric.events import Entries, concatenate
from ultimetric.generators.latent import LatentGenerator
from ultimetric.generators.refinements.weighted import Weighted
from ultimetric.kinds.base import Kind
from ultimetric.models.context import context, n_context
from ultimetric.models.flows.build import coupling_flow, halves
from ultimetric.seeds import seed_from
from ultimetric.training.loop import train
from ultimetric.training.schedule import Schedule


class LatentRefined(Weighted, LatentGenerator):
    """The base decodes latent vectors of a flow instead of normal ones.

    The weight w of an entry is given to its latent vector, and a coupling flow q(z | c), which
    starts as the identity, is fitted to the weighted vectors. Entries of the refined generator
    have no weights, and its latent space is normal again.

    Raises:
        UserError: The base has no latent vector.
    """

    training_only: ClassVar[tuple[str, ...]] = ("ratio.",)

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        name = type(self.base).__name__
        if not isinstance(self.base, LatentGenerator):
            raise UserError(f"latent_refined: {name}, on which it builds, has no latent space")
        if type(self.base).generate is not LatentGenerator.generate:
            raise UserError(f"latent_refined: {name}, on which it builds, adds noise on the way")
        self.latent_size = self.base.latent_size
        flow = dict(card["flow"])
        masks = halves(self.latent_size, flow.pop("blocks"))
        self.flow = coupling_flow(self.latent_size, n_context(kind), masks, **flow)
        for network in (m for m in self.flow.modules() if isinstance(m, MLP)):
            # All outputs zero: a spline of equal bins is the identity.
            torch.nn.init.zeros_(network[-1].weight)
            torch.nn.init.zeros_(network[-1].bias)

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        history = self.learn_weights(training, validation, seed, checkpoint)
        sizes = tuple(self.card["latents"] * len(part) for part in (training, validation))
        c, z, w = self._weighted_latents(sum(sizes), seed_from(seed, "latents"))

        def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            return -(w[rows] * self.flow(c[rows]).log_prob(z[rows])).sum() / w[rows].sum()

        schedule = Schedule(**self.card["train_flow"])
        own_seed = seed_from(seed, "flow")
        return history + train("flow", self.flow, loss, sizes, schedule, own_seed, checkpoint)

    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        flow = self.flow(context(self.kind, condition))
        return self.base.decode(condition, flow.transform.inv(z))

    @torch.no_grad()
    def _weighted_latents(self, n: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
        """Contexts (n, n_context), normal vectors (n, latent_size) and clipped weights (n,)."""
        rng = torch.Generator().manual_seed(seed)
        condition = self.tensor(self.draw(n, rng))
        z = torch.randn(n, self.latent_size, generator=rng).to(condition.device)
        size = self.block_size
        parts = zip(condition.split(size), z.split(size), strict=True)
        entries = concatenate(
            [self.finish(c.cpu().numpy(), self.base.decode(c, part)) for c, part in parts]
        )
        w = self.weights(entries).clamp(max=self.largest)
        return context(self.kind, condition), z, w.float()
