"""Dense layers whose weights have a Gaussian posterior (arXiv:1505.05424)."""

from __future__ import annotations

import torch
from torch import Tensor

from ultimetric.classifiers.dense import Dense, Draw
from ultimetric.models.gaussian_weights import SMALLEST_VARIANCE, gaussian_divergence


class Variational(Dense):
    """Layers whose weights are independent Gaussians, trained on the evidence lower bound.

    Parameters are those of `Dense`, the means, then the logarithm of the variance of each weight
    (M, in, out); biases are numbers. In the training values are drawn instead of weights (local
    reparametrisation, arXiv:1506.02557): for a shower x they are independent Gaussians with mean
    x W + b and variance x^2 S, which leaves less noise in the gradients.

    Arguments:
        slope: The slope of LeakyReLU below zero.
        precision: 1 / variance of the Gaussian prior of a weight, which is centred at zero.
        temperature: The factor of the divergence in the penalty. 1 is the evidence lower bound;
            less gives a narrower posterior (arXiv:2002.02405).
        log_variance: The log variance of each weight's posterior before the training.
        noise: The random generator of the values, on the device of the training.
    """

    parts = 3

    def __init__(
        self,
        slope: float,
        precision: float,
        temperature: float,
        log_variance: float,
        noise: torch.Generator,
    ) -> None:
        super().__init__(slope)
        self.precision = precision
        self.temperature = temperature
        self.log_variance = log_variance
        self.noise = noise

    def start(self, sizes: list[int], draw: Draw) -> list[Tensor]:
        means = super().start(sizes, draw)
        matrices = means[: len(sizes) - 1]
        return means + [torch.full_like(matrix, self.log_variance) for matrix in matrices]

    def layer(self, x: Tensor, matrix: Tensor, bias: Tensor, log_variance: Tensor) -> Tensor:
        mean = super().layer(x, matrix, bias)
        smallest = mean.new_full((), SMALLEST_VARIANCE)
        variance = torch.baddbmm(smallest, x * x, log_variance.exp())
        noise = torch.randn(mean.shape, generator=self.noise, device=mean.device, dtype=mean.dtype)
        return torch.addcmul(mean, variance.sqrt(), noise)

    def penalty(self, parameters: list[Tensor]) -> Tensor:
        """Divergence KL(posterior || prior) of a member (G,) times the temperature, in nats."""
        means, _, log_variances = self.split(parameters)
        return self.temperature * sum(
            gaussian_divergence(mean, log_variance, self.precision).sum((1, 2))
            for mean, log_variance in zip(means, log_variances, strict=True)
        )

    def fixed(self, parameters: list[Tensor], draw: Draw) -> list[Tensor]:
        """Dense layers with one draw of the weights."""
        means, biases, log_variances = self.split(parameters)
        drawn = [
            mean + (log_variance / 2).exp() * draw(torch.randn, *mean.shape[1:]).to(mean)
            for mean, log_variance in zip(means, log_variances, strict=True)
        ]
        return drawn + biases

    def split(self, parameters: list[Tensor]) -> tuple[list[Tensor], ...]:
        """Means of the weights, biases, and log variances, layer by layer."""
        n_layers = len(parameters) // self.parts
        return tuple(parameters[k * n_layers : (k + 1) * n_layers] for k in range(self.parts))
