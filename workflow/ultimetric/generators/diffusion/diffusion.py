"""Totals and data by diffusion, after EDM (arXiv:2206.00364).

The published models of showers are CaloScore (arXiv:2206.11898) and CaloDiffusion
(arXiv:2308.03876).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ultimetric.generators.diffusion.two_transports import TwoTransports
from ultimetric.models.transports.edm import Denoiser, Noise
from ultimetric.models.transports.timed import TimedMLP


class Diffusion(TwoTransports):
    """p(totals | c) p(data | totals, c) as denoisers; of showers p(u | E) p(shapes | u, E).

    Samples follow the card's sampler, which may add noise on the way; `decode` never does.
    """

    def transport(self, name: str, features: int, context: int) -> Denoiser:
        network = TimedMLP(features, context, **self.card[name])
        density = self.card["density"] | {"probes": self.card["probes"][name]}
        noise = Noise(**self.card["noise"][name])
        return Denoiser(network, noise, self.card["sampling"], density)

    def generate(self, condition: Tensor, rng: torch.Generator) -> Tensor:
        z = torch.randn(len(condition), self.latent_size, generator=rng)
        return self.transported(condition, z.to(condition.device), rng)
