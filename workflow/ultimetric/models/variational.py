"""Linear layers whose weights have a Gaussian posterior (arXiv:1505.05424), for any network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import zuko
from torch import Tensor, nn
from torch.nn.functional import linear

from ultimetric.models.gaussian_weights import SMALLEST_VARIANCE, gaussian_divergence

# An optimiser such as Adam moves each parameter by about the learning rate in a step, whatever its
# size: what is trained is the log variance over this number.
SCALE = 10.0


class VariationalLinear(nn.Module):
    """x W^T + b with independent Gaussian weights W; the bias b is a number.

    With random numbers (`noisy`) each call draws values instead of weights (local
    reparametrisation, arXiv:1506.02557), which leaves less noise in the gradients of a training.
    With drawn weights (`drawn`) all calls share them. Without either the weights are their means.

    Arguments:
        inputs, outputs: The sizes of x and of the result.
        log_variance: The log variance of each weight's posterior before the training.
    """

    def __init__(self, inputs: int, outputs: int, log_variance: float) -> None:
        super().__init__()
        start = nn.Linear(inputs, outputs)
        self.weight, self.bias = start.weight, start.bias
        self.scaled = nn.Parameter(torch.full_like(start.weight, log_variance / SCALE))
        self.rng: torch.Generator | None = None
        self.weight_drawn: Tensor | None = None

    @property
    def log_variance(self) -> Tensor:
        """The log variance of each weight's posterior (outputs, inputs)."""
        return SCALE * self.scaled

    def forward(self, x: Tensor) -> Tensor:
        if self.weight_drawn is not None:
            return linear(x, self.weight_drawn, self.bias)
        mean = linear(x, self.weight, self.bias)
        if self.rng is None:
            return mean
        variance = linear(x * x, self.log_variance.exp()) + SMALLEST_VARIANCE
        return torch.addcmul(mean, variance.sqrt(), _normal(mean, self.rng))

    def divergence(self, precision: float) -> Tensor:
        """KL(posterior || prior) in nats, of a prior N(0, 1 / precision) of each weight."""
        return gaussian_divergence(self.weight, self.log_variance, precision).sum()


def variational(network: nn.Module, log_variance: float) -> nn.Module:
    """Give the linear layers of a network a posterior, in place; their means start anew."""
    for name, child in list(network.named_children()):
        if isinstance(child, nn.Linear | zuko.nn.Linear):
            made = VariationalLinear(child.in_features, child.out_features, log_variance)
            setattr(network, name, made)
        else:
            variational(child, log_variance)
    return network


def divergence(network: nn.Module, precision: float) -> Tensor:
    """KL(posterior || prior) of all weights of a network, in nats."""
    return torch.stack([layer.divergence(precision) for layer in _layers(network)]).sum()


@contextmanager
def noisy(network: nn.Module, rng: torch.Generator) -> Iterator[None]:
    """Draw values of a network at random, each time anew, while the block runs."""
    for layer in _layers(network):
        layer.rng = rng
    yield
    for layer in _layers(network):
        layer.rng = None


@contextmanager
def drawn(network: nn.Module, rng: torch.Generator) -> Iterator[None]:
    """Give a network one draw of its weights while the block runs."""
    for layer in _layers(network):
        spread = (layer.log_variance / 2).exp()
        layer.weight_drawn = layer.weight + spread * _normal(layer.weight, rng)
    yield
    for layer in _layers(network):
        layer.weight_drawn = None


def _layers(network: nn.Module) -> list[VariationalLinear]:
    return [module for module in network.modules() if isinstance(module, VariationalLinear)]


def _normal(like: Tensor, rng: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=rng, device=rng.device).to(like)
