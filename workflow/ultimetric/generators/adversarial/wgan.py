"""Wasserstein GAN with gradient penalty (arXiv:1704.00028) on the networks of CaloGAN."""

from __future__ import annotations

import torch
from torch import Tensor

from ultimetric.generators.adversarial.gan import Adversarial
from ultimetric.models.critics import critic_loss


class WGAN(Adversarial):
    """The critic estimates a Wasserstein distance in the space of what it sees.

    A penalty holds its slope near one at random points between true and made showers of the same
    incident energy (algorithm 1). This needs a score for each shower alone: the card has no batch
    normalisation and no minibatch discrimination.
    """

    def loss_of_critic(
        self, true: Tensor, made: Tensor, energy: Tensor, rng: torch.Generator
    ) -> Tensor:
        weight, share = self.card["penalty"]["weight"], self.card["penalty"]["share"]
        return critic_loss(self.players["critic"], true, made, energy, weight, rng, share)

    def loss_of_streams(self, scores: Tensor) -> Tensor:
        return -scores.mean()
