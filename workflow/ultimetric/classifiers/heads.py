"""The last dense layers of networks, which see inputs of the whole shower, too."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from ultimetric.classifiers.inputs import whitening


class Whitened(nn.Module):
    """Inputs (n, D) freed of linear correlations, as they are in training showers (n, D)."""

    mean: Tensor
    matrix: Tensor

    def __init__(self, training: Tensor) -> None:
        super().__init__()
        mean, matrix = whitening(training, True)
        self.register_buffer("mean", mean)
        self.register_buffer("matrix", matrix)

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) @ self.matrix


class Head(nn.Module):
    """Dense layers with ReLU and dropout, on what a network returns and the whole shower's inputs.

    Arguments:
        found: The numbers per shower that the network before returns.
        training: The other inputs of the training showers (n, D); D may be 0.
        hidden: The widths of the layers before the logit.
        dropout: The dropout behind each of them.
        normed: Whether the other inputs are normalised batch by batch instead of being whitened.
        outputs: 1, the logit, or 2, whose difference is the logit, as of a softmax.
    """

    def __init__(
        self,
        found: int,
        training: Tensor,
        hidden: list[int],
        dropout: float,
        normed: bool = False,
        outputs: int = 1,
    ) -> None:
        super().__init__()
        self.others: nn.Module = nn.Identity()
        if training.shape[1]:
            self.others = nn.BatchNorm1d(training.shape[1]) if normed else Whitened(training)
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise([found + training.shape[1], *hidden]):
            layers += [nn.Linear(n_in, n_out), nn.ReLU(), nn.Dropout(dropout)]
        last = hidden[-1] if hidden else found + training.shape[1]
        self.layers = nn.Sequential(*layers, nn.Linear(last, outputs))

    def forward(self, found: Tensor, others: Tensor) -> Tensor:
        """Logits (n,) of the network's output (n, F) and the other inputs (n, D)."""
        found = self.layers(torch.cat([found, self.others(others)], 1))
        return found.squeeze(1) if found.shape[1] == 1 else found[:, 0] - found[:, 1]
