"""Encoder and decoder of the variational autoencoders, and their divergence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import zuko
from torch import Tensor, nn

from ultimetric.models.flows.build import SLOPE
from ultimetric.models.flows.splines import RQS


class Encoder(nn.Module):
    """Normal posterior q(z | x, c) with a diagonal covariance.

    Arguments:
        features, context: The sizes of x and c.
        latent: The size of z.
        network: Options of zuko.nn.MLP.
    """

    def __init__(self, features: int, context: int, latent: int, **network: Any) -> None:
        super().__init__()
        self.network = _network(features + context, 2 * latent, **network)

    def forward(self, x: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the standard deviation, each (N, latent)."""
        mean, raw = self.network(torch.cat([x, c], 1)).chunk(2, 1)
        return mean, _log_scale(raw)


class Decoder(nn.Module):
    """p(x | z, c): every variable on its own, normal behind a monotonic spline.

    A variable is mean + scale * spline(noise) with normal noise. Mean, scale and the
    rational-quadratic spline (arXiv:1906.04032) are functions of z and c. The spline allows a
    value two modes, empty and hit; with one bin there is no spline, which is the usual normal
    decoder with learned variance.

    Arguments:
        features, context: The sizes of x and c.
        latent: The size of z.
        bins, bound: The bins and the bound of the splines, which are the identity beyond it.
        network: Options of zuko.nn.MLP.
    """

    def __init__(
        self, features: int, context: int, latent: int, bins: int, bound: float, **network: Any
    ) -> None:
        super().__init__()
        self.sizes = [1, 1, 3 * bins - 1]
        self.bound = bound
        self.network = _network(latent + context, features * sum(self.sizes), **network)

    def log_prob(self, x: Tensor, z: Tensor, c: Tensor) -> Tensor:
        """log p(x | z, c), summed over the variables, in nats (N,)."""
        mean, log_scale, spline = self.conditional(z, c)
        noise, ladj = spline.call_and_ladj((x - mean) / log_scale.exp())
        normal = -0.5 * (noise.square() + math.log(2 * math.pi))
        return (normal + ladj - log_scale).sum(1)

    def draw(self, noise: Tensor, z: Tensor, c: Tensor) -> Tensor:
        """x (N, features) drawn with normal noise (N, features)."""
        mean, log_scale, spline = self.conditional(z, c)
        return mean + log_scale.exp() * spline.inv(noise)

    def conditional(self, z: Tensor, c: Tensor) -> tuple[Tensor, Tensor, RQS]:
        raw = self.network(torch.cat([z, c], 1)).unflatten(1, (-1, sum(self.sizes)))
        mean, scale, spline = raw.split(self.sizes, 2)
        return (
            mean.squeeze(2),
            _log_scale(scale.squeeze(2)),
            RQS(spline, bound=self.bound, slope=SLOPE),
        )


class FactorisedDecoder(nn.Module):
    """p(totals | z, c) p(data | z, totals, c), in preprocessed variables.

    Arguments:
        n_values, n_totals: Sizes of data and totals; no totals, no decoder of them.
        context: The size of c.
        latent: The size of z.
        energies, shapes: Options of the decoders of totals and of data.
    """

    def __init__(
        self,
        n_values: int,
        n_totals: int,
        context: int,
        latent: int,
        energies: dict[str, Any],
        shapes: dict[str, Any],
    ) -> None:
        super().__init__()
        self.energies = Decoder(n_totals, context, latent, **energies) if n_totals else None
        self.shapes = Decoder(n_values, context + n_totals, latent, **shapes)
        self.sizes = [n_values, n_totals]

    def log_prob(self, x: Tensor, z: Tensor, c: Tensor) -> Tensor:
        """log p(x | z, c) of data and totals side by side, in nats (N,)."""
        data, totals = x.split(self.sizes, 1)
        first = 0.0 if self.energies is None else self.energies.log_prob(totals, z, c)
        return first + self.shapes.log_prob(data, z, torch.cat([c, totals], 1))

    def draw(self, noise: Tensor, z: Tensor, c: Tensor) -> Tensor:
        """Data and totals side by side, drawn with normal noise of the same shape."""
        data_noise, totals = noise.split(self.sizes, 1)
        if self.energies is not None:
            totals = self.energies.draw(totals, z, c)
        data = self.shapes.draw(data_noise, z, torch.cat([c, totals], 1))
        return torch.cat([data, totals], 1)


def rate_and_distortion(
    encoder: Encoder, log_prob: Callable[[Tensor], Tensor], x: Tensor, c: Tensor, noise: Tensor
) -> tuple[Tensor, Tensor]:
    """The rate and the distortion of an autoencoder, each (N,) in nats.

    The rate is the divergence of the posterior from the normal prior, the distortion the negative
    reconstruction log-likelihood -log p(x | z, c) (arXiv:1711.00464). Minus their sum is the
    evidence lower bound of log p(x | c) (arXiv:1312.6114, eq. 3).

    Arguments:
        log_prob: The function that gives log p(x | z) (N,) of z (N, latent).
        x, c: Variables and context.
        noise: Normal numbers (N, latent), which draw z from the posterior.
    """
    mean, log_std = encoder(x, c)
    return normal_divergence(mean, log_std), -log_prob(mean + log_std.exp() * noise)


def normal_divergence(mean: Tensor, log_std: Tensor) -> Tensor:
    """KL(N(mean, std^2) | N(0, 1)) in nats, summed over the last axis (arXiv:1312.6114)."""
    return 0.5 * (mean.square() + (2 * log_std).exp() - 2 * log_std - 1).sum(-1)


def normal_noise(rows: int, columns: int, rng: torch.Generator, device: torch.device) -> Tensor:
    """Normal numbers (rows, columns), drawn on the device of `rng`, so that devices agree."""
    return torch.randn(rows, columns, generator=rng, device=rng.device).to(device)


def _network(inputs: int, outputs: int, **options: Any) -> zuko.nn.MLP:
    return zuko.nn.MLP(inputs, outputs, activation=nn.SiLU, **options)


def _log_scale(raw: Tensor) -> Tensor:
    """Soft bounds SLOPE and 1 / SLOPE for a scale: densities stay finite."""
    return raw / (1 + (raw / math.log(SLOPE)).abs())
