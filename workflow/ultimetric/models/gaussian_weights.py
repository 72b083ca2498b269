"""Weights of networks that have a Gaussian posterior."""

from __future__ import annotations

import torch
from torch import Tensor

# Added to variances, whose root has no gradient at zero: all inputs of a network may vanish.
SMALLEST_VARIANCE = 1e-10


def gaussian_divergence(mean: Tensor, log_variance: Tensor, precision: float) -> Tensor:
    """KL(q || p) of q = N(mean, variance) and p = N(0, 1 / precision), in nats."""
    ratio = precision * (mean.square() + log_variance.exp())
    return (ratio - 1 - log_variance - torch.tensor(precision).log()) / 2
