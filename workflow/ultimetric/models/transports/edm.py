"""Diffusion as a continuous-time process, with preconditioned denoiser (EDM, arXiv:2206.00364)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ultimetric.models.transports.base import Transport, noise_like, normal_log_prob, spread
from ultimetric.models.transports.odes import integrate_with_log_det


@dataclass(frozen=True)
class Noise:
    """Noise levels sigma of a diffusion; equations of arXiv:2206.00364.

    Arguments:
        data: The standard deviation of the data.
        mean, std: The mean and the standard deviation of ln sigma in training (table 1).
        smallest, largest: The smallest and the largest sigma in sampling.
        rho: The exponent by which steps lie closer at small sigma (eq. 5).
    """

    data: float = 1.0
    mean: float = -0.5
    std: float = 1.2
    smallest: float = 2e-3
    largest: float = 80.0
    rho: float = 7.0

    def training(self, n: int, rng: torch.Generator) -> Tensor:
        """Draw noise levels (n,) for training."""
        inside = spread(n, rng).clamp(1e-6, 1 - 1e-6)
        return (self.mean + self.std * torch.special.ndtri(inside)).exp()

    def grid(self, steps: int) -> Tensor:
        """Falling noise levels (steps + 1,) from largest to smallest, float64."""
        ends = (self.largest ** (1 / self.rho), self.smallest ** (1 / self.rho))
        return torch.linspace(*ends, steps + 1, dtype=torch.float64) ** self.rho


class Denoiser(Transport):
    """The mean D(y; sigma) of data x behind y = x + sigma n: c_skip y + c_out F(c_in y; c_noise).

    Arguments:
        network: The network F, (x, c_noise, c) -> (N, features).
        noise: The noise levels.
        sampling: The `steps` in sigma, and for fresh noise on the way `churn`, with `churn_from`,
            `churn_to` and `churn_noise` (S_churn, S_tmin, S_tmax and S_noise of algorithm 2).
        density: The `steps`, the `solver` (a method of odes), and the `probes` of the traces; 0
            for the exact ones.
    """

    def __init__(
        self, network: nn.Module, noise: Noise, sampling: dict[str, Any], density: dict[str, Any]
    ) -> None:
        super().__init__()
        self.network, self.noise = network, noise
        self.sampling, self.density = sampling, density

    def forward(self, y: Tensor, sigma: Tensor, c: Tensor) -> Tensor:
        """D (N, features) at noisy data y (N, features) of noise levels sigma (N,)."""
        data, s = self.noise.data, sigma[:, None]
        total = s**2 + data**2
        skip, out = data**2 / total, s * data / total.sqrt()
        return skip * y + out * self.raw(y / total.sqrt(), sigma, c)

    def raw(self, scaled: Tensor, sigma: Tensor, c: Tensor) -> Tensor:
        """F (N, features) at c_in y."""
        return self.network(scaled, sigma.log() / 4, c)

    def loss(self, x: Tensor, c: Tensor, rng: torch.Generator) -> Tensor:
        sigma = self.noise.training(len(x), rng).to(x)
        y = x + sigma[:, None] * noise_like(x, rng)
        weight = 1 / sigma**2 + 1 / self.noise.data**2
        return (weight[:, None] * (self(y, sigma, c) - x).square()).mean()

    def decode(self, z: Tensor, c: Tensor, rng: torch.Generator | None = None) -> Tensor:
        """Algorithm 2: Heun's steps down the noise levels; with `rng` a little back up first.

        The steps are taken in the variables of `log_prob`, in which they are exact for normal
        data however few there are.
        """
        options, data = self.sampling, self.noise.data
        steps = options["steps"]
        levels = [*self.noise.grid(steps - 1).tolist(), 0.0]
        churn = min(options.get("churn", 0.0) / steps, math.sqrt(2) - 1)
        low, high = options.get("churn_from", 0.0), options.get("churn_to", math.inf)
        y = z * levels[0]
        for sigma, following in pairwise(levels):
            if rng is not None and churn > 0 and low <= sigma <= high:
                raised = sigma * (1 + churn)
                added = math.sqrt(raised**2 - sigma**2) * options.get("churn_noise", 1.0)
                y, sigma = y + added * noise_like(y, rng), raised
            u = y / math.hypot(sigma, data)
            step = math.atan(following / data) - math.atan(sigma / data)
            slope = self._slope(u, sigma, c)
            if following > 0:
                slope = (slope + self._slope(u + step * slope, following, c)) / 2
            y = (u + step * slope) * math.hypot(following, data)
        return y

    def log_prob(self, x: Tensor, c: Tensor, rng: torch.Generator) -> Tensor:
        """By the probability-flow ODE from the smallest noise level, which x is taken to have.

        It is solved for y / sqrt(sigma^2 + data^2), where it reads dy/dtau = -F with
        tan tau = sigma / data (arXiv:2410.11081, there from the start), and neither the field nor
        its trace grows as 1 / sigma.
        """
        data = self.noise.data
        levels = self.noise.grid(self.density["steps"]).flip(0)
        first, last = (math.hypot(level, data) for level in levels[[0, -1]].tolist())
        y, log_det = integrate_with_log_det(
            lambda tau, y: -self.raw(y, data * tau.tan(), c),
            x / first,
            (levels / data).atan(),
            self.density["solver"],
            self.density["probes"],
            rng,
        )
        z = y * (last / self.noise.largest)
        return (
            normal_log_prob(z) + log_det - x.shape[1] * math.log(first * self.noise.largest / last)
        )

    def _slope(self, u: Tensor, sigma: float, c: Tensor) -> Tensor:
        """du/dtau (N, features) at u = y / sqrt(sigma^2 + data^2), see `log_prob`."""
        return -self.raw(u, u.new_full((len(u),), sigma), c)
