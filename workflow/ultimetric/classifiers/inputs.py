"""The inputs of a classifier as each network of a stack sees them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

SMALLEST_VARIANCE = 1e-6
# Standardised inputs of all networks are kept up to this size; beyond, they are made per batch.
LARGEST = 2**29  # bytes


def logarithms(x: np.ndarray, floor: float | None) -> np.ndarray:
    """Inputs (N, D) that are never negative as log10(x + floor), if there is a floor."""
    return x if floor is None else np.where(x.min(0) >= 0, np.log10(np.abs(x) + floor), x)


class Inputs:
    """Features, standardised with the training showers of each of M networks.

    Arguments:
        x: inputs (N, D), on the device of the training.
        training: rows (M, n) that each network is trained on.
        whiten: free them of linear correlations, too, of which rows that are no more than the
            inputs say nothing: these are standardised only.
        largest: bytes that the inputs of all networks may take.
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

    def rows(self, networks: slice, rows: Tensor) -> Tensor:
        """Inputs (G, n, D) of some networks at rows (G, n)."""
        if self.ready is None:
            return self._of(networks, self.x[rows])
        flat = (rows + self.first[networks]).flatten()
        return self.ready.flatten(0, 1).index_select(0, flat).view(*rows.shape, -1)

    def _of(self, networks: slice, x: Tensor) -> Tensor:
        x = x - self.means[networks]
        scales = self.scales[networks]
        return x @ scales if scales.shape[1] > 1 else x * scales


def whitening(x: Tensor, whiten: bool) -> tuple[Tensor, Tensor]:
    """Mean (1, D) and matrix (D, D) that free inputs of correlation, or only their scale (1, D).

    Directions of less than SMALLEST_VARIANCE of the standardised inputs are not blown up further.
    """
    mean, std = x.double().mean(0, keepdim=True), x.double().std(0)
    scale = 1 / torch.where(std > 0, std, 1.0)
    if not whiten:
        return mean.float(), scale[None].float()
    covariance = torch.atleast_2d(torch.cov(((x - mean) * scale).T))
    values, vectors = torch.linalg.eigh(covariance)
    matrix = scale[:, None] * vectors / values.clamp(min=SMALLEST_VARIANCE).sqrt()
    return mean.float(), matrix.float()
