"""Mixture density networks: Gaussian mixtures whose parameters are networks (Bishop, 1994)."""

from __future__ import annotations

import math

import torch
import zuko
from torch import Tensor, nn
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

SMALLEST = 1e-3  # width along an axis, so that no component shrinks to one entry
UNIT = math.log(math.expm1(1 - SMALLEST))  # softplus makes it a width of one


class MixtureDensityNetwork(nn.Module):
    """p(x | c) = sum_k alpha_k(c) N(x; mu_k(c), L_k(c) L_k(c)^T) with one network for all.

    L_k are lower triangular with a positive diagonal (Cholesky factors), so that every output of
    the network is a covariance. Outputs of zero stand for the unit matrix.

    Arguments:
        features, context: The sizes of x and c; without a context the parameters are constants.
        components: Gaussians in the mixture.
        hidden_features: The widths of the hidden layers.
    """

    def __init__(
        self, features: int, context: int, components: int, hidden_features: list[int]
    ) -> None:
        super().__init__()
        self.features, self.components = features, components
        # alpha, mu, diagonal and rest of L
        self.sizes = [1, features, features, features * (features - 1) // 2]
        outputs = components * sum(self.sizes)
        self.network = zuko.nn.MLP(max(1, context), outputs, hidden_features)

    def forward(self, c: Tensor) -> MixtureSameFamily:
        """The mixture for conditions (N, context)."""
        logits, means, factors = self.read(c)
        gaussians = MultivariateNormal(means, scale_tril=factors, validate_args=False)
        return MixtureSameFamily(Categorical(logits=logits), gaussians, validate_args=False)

    def log_prob(self, x: Tensor, c: Tensor) -> Tensor:
        """log p(x | c) (N,) for x (N, features) and c (N, context)."""
        return self(c).log_prob(x)

    def decode(self, c: Tensor, z: Tensor) -> Tensor:
        """Draw x (N, features) from normal numbers z (N, 1 + features).

        The normal quantile of the first chooses the component, the others place x within it.
        """
        logits, means, factors = self.read(c)
        ends = logits.softmax(1).cumsum(1)[:, :-1]
        chosen = (ends < torch.special.ndtr(z[:, :1])).sum(1)
        rows = torch.arange(len(z), device=z.device)
        return means[rows, chosen] + (factors[rows, chosen] @ z[:, 1:, None])[..., 0]

    def read(self, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """log alpha (N, K) up to a constant, mu (N, K, D) and L (N, K, D, D)."""
        if not c.shape[1]:
            c = c.new_ones(len(c), 1)
        output = self.network(c).unflatten(1, (self.components, -1))
        logits, means, diagonal, rest = output.split(self.sizes, 2)
        factors = torch.diag_embed(nn.functional.softplus(diagonal + UNIT) + SMALLEST)
        i, j = torch.tril_indices(self.features, self.features, -1, device=c.device)
        factors[..., i, j] = rest
        return logits[..., 0], means, factors
