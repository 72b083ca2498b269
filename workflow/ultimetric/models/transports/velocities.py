"""Conditional flow matching: a velocity field from noise to data (arXiv:2210.02747)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ultimetric.models.transports.base import Transport, noise_like, normal_log_prob, spread
from ultimetric.models.transports.odes import integrate, integrate_with_log_det


class VelocityField(Transport):
    """Straight ways x_t = (1 - t) z + t x from noise z to data x, whose velocity is x - z.

    The network learns the mean velocity of all ways through a point; following it gives data
    (eqs. 20 to 23 with sigma_min = 0).

    Arguments:
        network: The network of the velocity, (x, t, c) -> (N, features).
        sampling: The `steps` in t and the `solver`, a method of odes.
        density: Likewise, and the `probes` of the traces; 0 for the exact ones.
    """

    def __init__(
        self, network: nn.Module, sampling: dict[str, Any], density: dict[str, Any]
    ) -> None:
        super().__init__()
        self.network = network
        self.sampling, self.density = sampling, density

    def loss(self, x: Tensor, c: Tensor, rng: torch.Generator) -> Tensor:
        t = spread(len(x), rng).to(x)
        z = self.partner(noise_like(x, rng), x, c)
        between = torch.lerp(z, x, t[:, None])
        return (self.network(between, t, c) - (x - z)).square().mean()

    def partner(self, z: Tensor, x: Tensor, c: Tensor) -> Tensor:
        """The noise (N, features), distributed as z, from which the ways to the data begin."""
        return z

    def decode(self, z: Tensor, c: Tensor, rng: torch.Generator | None = None) -> Tensor:
        times = torch.linspace(0, 1, self.sampling["steps"] + 1)
        return integrate(lambda t, x: self.network(x, t, c), z, times, self.sampling["solver"])

    def log_prob(self, x: Tensor, c: Tensor, rng: torch.Generator) -> Tensor:
        z, log_det = integrate_with_log_det(
            lambda t, x: self.network(x, t, c),
            x,
            torch.linspace(1, 0, self.density["steps"] + 1),
            self.density["solver"],
            self.density["probes"],
            rng,
        )
        return normal_log_prob(z) + log_det
