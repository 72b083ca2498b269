"""CaloGAN: a stream of locally connected layers per calorimeter layer (arXiv:1712.10321)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ultimetric.generators.adversarial.gan import Adversarial, Drawn
from ultimetric.models.critics import squared_slopes
from ultimetric.training.loop import Loss


class CaloGAN(Adversarial):
    """The GAN of arXiv:1705.02355 and 1712.10321.

    Cross entropy for both networks, the one that makes showers by the non-saturating form. The
    card's `penalty` keeps the discriminator flat at true showers: weight / 2 times the squared
    gradient (R1 of arXiv:1801.04406), here of the first `share` of each batch to save time.
    """

    def loss_of_critic(
        self, true: Tensor, made: Tensor, energy: Tensor, rng: torch.Generator
    ) -> Tensor:
        critic, penalty = self.players["critic"], self.card["penalty"]
        loss = softplus(-critic(true, energy)).mean() + softplus(critic(made, energy)).mean()
        if penalty["weight"]:
            slopes = squared_slopes(critic, true, energy, penalty["share"])
            loss = loss + penalty["weight"] / 2 * slopes.mean()
        return loss

    def critic_losses(self, true: Drawn, made: Drawn) -> list[Loss]:
        """With `apart: true` in the card a step with true showers, then one with made ones, so
        that the normalisation and the discrimination of a batch see one sort only.
        """
        if not self.card.get("apart"):
            return super().critic_losses(true, made)
        critic = self.players["critic"]
        return [
            lambda rows, rng: softplus(-critic(*true(rows, rng))).mean(),
            lambda rows, rng: softplus(critic(*made(rows, rng))).mean(),
        ]

    def loss_of_streams(self, scores: Tensor) -> Tensor:
        return softplus(-scores).mean()
