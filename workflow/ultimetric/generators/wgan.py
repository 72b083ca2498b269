"""Wasserstein GAN with gradient penalty (arXiv:1704.00028) on the networks of CaloGAN."""

from __future__ import annotations

import torch
from torch import Tensor

from ultimetric.generators.adversarial import Adversarial, squared_slopes


class WGAN(Adversarial):
    """The critic estimates a Wasserstein distance in the space of what it sees.

    Its slope is held near one, somewhere between true and made showers of the same incident
    energy (algorithm 1). Its showers must not see each other: no batch normalisation and no
    minibatch discrimination in its card.
    """

    def criticise(
        self, true: Tensor, made: Tensor, energy: Tensor, rng: torch.Generator
    ) -> Tensor:
        critic, penalty = self.players["critic"], self.card["penalty"]
        share = torch.rand(len(true), 1, generator=rng).to(true)
        between = share * true + (1 - share) * made
        slopes = squared_slopes(critic, between, energy, penalty["share"])
        # The square root has no slope of its own at zero.
        excess = slopes.clamp(min=1e-12).sqrt() - 1
        scores = critic(torch.cat([true, made]), energy.repeat(2, 1))
        distance = scores[: len(true)].mean() - scores[len(true) :].mean()
        return penalty["weight"] * excess.square().mean() - distance

    def convince(self, scores: Tensor) -> Tensor:
        return -scores.mean()
