"""Minibatch discrimination: how near the other showers of a batch are (arXiv:1606.03498)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MinibatchDiscrimination(nn.Module):
    """o[i, b] = mean over j of exp(-|M_i,b - M_j,b|_1) with M = x T (section 3.2).

    A mean where the paper has a sum, so that batches of any size are alike. It shows a
    critic that a generator repeats the same shower.

    Arguments:
        features: The numbers per shower in x.
        kernels: The numbers per shower in the result.
        width: The numbers that each kernel compares.
    """

    def __init__(self, features: int, kernels: int, width: int) -> None:
        super().__init__()
        self.kernels, self.width = kernels, width
        weight = torch.empty(features, kernels * width)
        self.weight = nn.Parameter(nn.init.normal_(weight, std=features**-0.5))

    def forward(self, x: Tensor) -> Tensor:
        """(N, features) to (N, kernels)."""
        return self._near(x).mean(2).T

    def _near(self, x: Tensor) -> Tensor:
        """exp(-|M_i,b - M_j,b|_1) of all pairs, (kernels, N, N)."""
        compared = (x @ self.weight).reshape(len(x), self.kernels, self.width).transpose(0, 1)
        # torch.cdist has no second derivative, which gradient penalties need.
        return (compared[:, None] - compared[:, :, None]).abs().sum(3).neg().exp()


class DampedDiscrimination(MinibatchDiscrimination):
    """o[i, b] = tanh of the sum over j, as in the public code of CaloGAN (arXiv:1712.10321).

    Initial weights are those of its library, Keras: uniform within sqrt(6 / (10 (features +
    width))) for 10 kernels.
    """

    def __init__(self, features: int, kernels: int, width: int) -> None:
        super().__init__(features, kernels, width)
        limit = (6 / (kernels * (features + width))) ** 0.5
        nn.init.uniform_(self.weight, -limit, limit)

    def forward(self, x: Tensor) -> Tensor:
        return self._near(x).sum(2).T.tanh()
