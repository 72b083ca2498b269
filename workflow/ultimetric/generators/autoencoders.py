"""Encoder and decoder of the variational autoencoders, and their divergence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import zuko
from torch import Tensor, nn

from ultimetric.generators.flows.build import SLOPE
from ultimetric.generators.flows.splines import RQS


class Encoder(nn.Module):
    """Normal posterior q(z | x, c) with a diagonal covariance.

    Arguments:
        features, context: sizes of x and c.
        latent: size of z.
        network: options of zuko.nn.MLP.
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
    rational-quadratic spline (arXiv:1906.04032) are functions of z and c. The spline gives a voxel
    its two humps, empty and hit; one bin leaves it out, which is the usual normal decoder with
    learned variance.

    Arguments:
        features, context: sizes of x and c.
        latent: size of z.
        bins, bound: of the splines, which are the identity beyond the bound.
        network: options of zuko.nn.MLP.
    """

    def __init__(
        self, features: int, context: int, latent: int, bins: int, bound: float, **network: Any
    ) -> None:
        super().__init__()
        self.sizes = [1, 1, bins, bins, bins - 1]
        self.bound = bound
        self.network = _network(latent + context, features * sum(self.sizes), **network)

    def log_prob(self, x: Tensor, z: Tensor, c: Tensor) -> Tensor:
        """log p(x | z, c), summed over the variables, in nats (N,)."""
        mean, log_scale, spline = self.conditional(z, c)
        noise, ladj = spline.call_and_ladj((x - mean) / log_scale.exp())
        normal = -0.5 * (noise.square() + math.log(2 * math.pi))
        return (normal + ladj - log_scale).sum(1)

    def draw(self, noise: Tensor, z: Tensor, c: Tensor) -> Tensor:
        """x (N, features) that normal noise (N, features) stands for."""
        mean, log_scale, spline = self.conditional(z, c)
        return mean + log_scale.exp() * spline.inv(noise)

    def conditional(self, z: Tensor, c: Tensor) -> tuple[Tensor, Tensor, RQS]:
        raw = self.network(torch.cat([z, c], 1)).unflatten(1, (-1, sum(self.sizes)))
        mean, scale, *spline = raw.split(self.sizes, 2)
        return (
            mean.squeeze(2),
            _log_scale(scale.squeeze(2)),
            RQS(*spline, bound=self.bound, slope=SLOPE),
        )


class ShowerDecoder(nn.Module):
    """p(u | z, E_inc) p(shapes | z, u, E_inc), in preprocessed variables.

    Arguments:
        n_voxels, n_layers: sizes of shapes and energy variables u.
        latent: size of z.
        energies, shapes: options of the two decoders.
    """

    def __init__(
        self,
        n_voxels: int,
        n_layers: int,
        latent: int,
        energies: dict[str, Any],
        shapes: dict[str, Any],
    ) -> None:
        super().__init__()
        self.energies = Decoder(n_layers, 1, latent, **energies)
        self.shapes = Decoder(n_voxels, 1 + n_layers, latent, **shapes)
        self.sizes = [n_voxels, n_layers]

    def log_prob(self, x: Tensor, z: Tensor, c: Tensor) -> Tensor:
        """log p(x | z, c) of shapes and u side by side, in nats (N,)."""
        shapes, layers = x.split(self.sizes, 1)
        both = torch.cat([c, layers], 1)
        return self.energies.log_prob(layers, z, c) + self.shapes.log_prob(shapes, z, both)

    def draw(self, noise: Tensor, z: Tensor, c: Tensor) -> Tensor:
        """Shapes and u side by side that normal noise of the same shape stands for."""
        shape_noise, layer_noise = noise.split(self.sizes, 1)
        layers = self.energies.draw(layer_noise, z, c)
        shapes = self.shapes.draw(shape_noise, z, torch.cat([c, layers], 1))
        return torch.cat([shapes, layers], 1)


def rate_and_distortion(
    encoder: Encoder, log_prob: Callable[[Tensor], Tensor], x: Tensor, c: Tensor, noise: Tensor
) -> tuple[Tensor, Tensor]:
    """What the latent vector costs and what it leaves open, each (N,) in nats.

    The rate is the divergence of the posterior from the normal prior, the distortion the negative
    reconstruction log-likelihood -log p(x | z, c) (arXiv:1711.00464). Minus their sum is the
    evidence lower bound of log p(x | c) (arXiv:1312.6114, eq. 3).

    Arguments:
        log_prob: of x (N,), given z (N, latent).
        x, c: variables and context.
        noise: normal (N, latent), which draws z from the posterior.
    """
    mean, log_std = encoder(x, c)
    return normal_divergence(mean, log_std), -log_prob(mean + log_std.exp() * noise)


def normal_divergence(mean: Tensor, log_std: Tensor) -> Tensor:
    """KL(N(mean, std^2) | N(0, 1)) in nats, summed over the last axis (arXiv:1312.6114)."""
    return 0.5 * (mean.square() + (2 * log_std).exp() - 2 * log_std - 1).sum(-1)


def normal_noise(rows: int, columns: int, rng: torch.Generator, device: torch.device) -> Tensor:
    """Normal numbers (rows, columns), drawn where `rng` lives, so that devices agree."""
    return torch.randn(rows, columns, generator=rng, device=rng.device).to(device)


def _network(inputs: int, outputs: int, **options: Any) -> zuko.nn.MLP:
    return zuko.nn.MLP(inputs, outputs, activation=nn.SiLU, **options)


def _log_scale(raw: Tensor) -> Tensor:
    """Soft bounds SLOPE and 1 / SLOPE for a scale: densities stay finite."""
    return raw / (1 + (raw / math.log(SLOPE)).abs())
