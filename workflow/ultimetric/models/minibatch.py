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
        compared = (x @ self.weight).reshape(len(x), self.kernels, self.width).transpose(0, 1)
        # torch.cdist has no second derivative, which gradient penalties need.
        distances = (compared[:, None] - compared[:, :, None]).abs().sum(3)
        return distances.neg().exp().mean(2).T
