"""Wasserstein critics with gradient penalty (arXiv:1704.00028)."""

from __future__ import annotations

from typing import Any

import torch
import zuko
from torch import Tensor, nn

SLOPE = 0.2  # of the leaky ReLU
SMALLEST = 1e-12


class Critic(nn.Module):
    """Scores (N, 1) of rows x (N, features) given c (N, context), high for real ones.

    Arguments:
        features, context: The sizes of x and c.
        network: Options of zuko.nn.MLP.
    """

    def __init__(self, features: int, context: int, **network: Any) -> None:
        super().__init__()
        self.network = zuko.nn.MLP(features + context, 1, activation=_activation, **network)
        # Only differences of scores count, so that a constant would never be learned.
        self.network[-1].register_parameter("bias", None)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        return self.network(torch.cat([x, c], 1))


class ComponentCritic(nn.Module):
    """Scores (N, features) of the single numbers of rows x (N, features), whatever the context.

    Arguments:
        hidden_features: The widths of the hidden layers.
    """

    def __init__(self, hidden_features: list[int]) -> None:
        super().__init__()
        self.network = zuko.nn.MLP(1, 1, hidden_features, nn.LeakyReLU)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        return self.network(x[..., None]).squeeze(-1)


def critic_loss(
    critic: nn.Module,
    real: Tensor,
    fake: Tensor,
    c: Tensor,
    penalty: float,
    rng: torch.Generator,
    share: float = 1.0,
) -> Tensor:
    """Mean score of the fake rows minus that of the real ones, plus a gradient penalty."""
    distance = critic(real, c).mean() - critic(fake, c).mean()
    return penalty * gradient_penalty(critic, real, fake, c, rng, share) - distance


def gradient_penalty(
    critic: nn.Module,
    real: Tensor,
    fake: Tensor,
    c: Tensor,
    rng: torch.Generator,
    share: float = 1.0,
) -> Tensor:
    """Mean of (|gradient| - 1)^2, at a random point between each real row and its fake one.

    The mean is over the first `share` of the rows, which saves time.
    """
    place = torch.rand(len(real), 1, generator=rng, device=rng.device).to(real)
    slopes = squared_slopes(critic, place * real + (1 - place) * fake, c, share)
    # The square root has no slope of its own at zero.
    return (slopes.clamp(min=SMALLEST).sqrt() - 1).square().mean()


def squared_slopes(critic: nn.Module, x: Tensor, c: Tensor, share: float = 1.0) -> Tensor:
    """Squared gradient of the score by x, for the first `share` of the rows."""
    some = max(1, round(share * len(x)))
    x = x[:some].detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(x, c[:some]).sum(), x, create_graph=True)
    return slope.square().sum(1)


def frozen_score(critic: nn.Module, x: Tensor, c: Tensor) -> Tensor:
    """Scores through which the gradient reaches x only, at half of the cost."""
    weights = {name: weight.detach() for name, weight in critic.named_parameters()}
    return torch.func.functional_call(critic, weights, (x, c))


def _activation() -> nn.Module:
    return nn.LeakyReLU(SLOPE)
