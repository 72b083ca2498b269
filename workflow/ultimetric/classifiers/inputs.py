"""The inputs of a classifier as each member of an ensemble sees them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

SMALLEST_VARIANCE = 1e-6
# Standardised inputs of all members are kept up to this size; beyond, they are made per batch.
LARGEST = 2**29  # bytes


def logarithms(x: np.ndarray, floor: float | None) -> np.ndarray:
    """Inputs (N, D) with log10(x + floor) of those that are never negative; None is no change."""
    return x if floor is None else np.where(x.min(0) >= 0, np.log10(np.abs(x) + floor), x)


class RawInputs:
    """Inputs as they are, the same for all members.

    Arguments:
        x: The inputs (N, D), on the device of the training.
    """

    def __init__(self, x: Tensor) -> None:
        self.x = x

    def rows(self, numbers: slice, rows: Tensor) -> Tensor:
        """Inputs (G, n, D) of some members at rows (G, n)."""
        return self.x[rows]


class Inputs:
    """Inputs, standardised with the training showers of each of M members.

    Arguments:
        x: The inputs (N, D), on the device of the training.
        training: The rows (M, n) that each member is trained on.
        whiten: Whether inputs are decorrelated, too; if there are no more rows than inputs, from
            which correlations cannot be estimated, they are standardised only.
        largest: The bytes that the inputs of all members may take.
    """

    def __init__(self, x: Tensor, training: Tensor, whiten: bool, largest: int = LARGEST) -> None:
        self.x = x
        whiten = whiten and training.shape[1] > x.shape[1]
        found = [whitening(x[rows], whiten) for rows in training.to(x.device)]
        self.means, self.scales = (torch.stack(both) for both in zip(*found, strict=True))
        self.first = len(x) * torch.arange(len(training), device=x.device)[:, None]
        self.ready: Tensor | None = None
        if len(training) * x.nbytes <= largest:
            self.ready = torch.cat([self._of(slice(m, m + 1), x) for m in range(len(training))])

    def rows(self, numbers: slice, rows: Tensor) -> Tensor:
        """Inputs (G, n, D) of some members at rows (G, n)."""
        if self.ready is None:
            return self._of(numbers, self.x[rows])
        flat = (rows + self.first[numbers]).flatten()
        return self.ready.flatten(0, 1).index_select(0, flat).view(*rows.shape, -1)

    def _of(self, numbers: slice, x: Tensor) -> Tensor:
        x = x - self.means[numbers]
        scales = self.scales[numbers]
        return x @ scales if scales.shape[1] > 1 else x * scales


def whitening(x: Tensor, whiten: bool) -> tuple[Tensor, Tensor]:
    """Mean (1, D) and matrix (D, D) that decorrelate inputs, or only their scales (1, D).

    Directions with less variance than SMALLEST_VARIANCE, of standardised inputs, are not scaled up
    further.
    """
    mean, std = x.double().mean(0, keepdim=True), x.double().std(0)
    scale = 1 / torch.where(std > 0, std, 1.0)
    if not whiten:
        return mean.float(), scale[None].float()
    covariance = torch.atleast_2d(torch.cov(((x - mean) * scale).T))
    values, vectors = torch.linalg.eigh(covariance)
    matrix = scale[:, None] * vectors / values.clamp(min=SMALLEST_VARIANCE).sqrt()
    return mean.float(), matrix.float()
