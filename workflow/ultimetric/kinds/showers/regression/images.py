"""A network of 2D convolutions that makes features of an image of a shower."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ultimetric.kinds.showers.kind import Showers
from ultimetric.kinds.showers.regression.networks import Box

N_TARGETS = 2


class ImageNetwork(nn.Module):
    """A residual network that estimates the incident energy and the depth of the maximum.

    It stands for the Inception network of the published scores, whose weights, made for
    photographs, would have to be downloaded. The image enters as log(1 + deposit / unit).

    Arguments:
        features: The number of features: of the filters, averaged over the cells.
        unit: A deposit in MeV that is large for a cell.
    """

    def __init__(self, features: int, unit: float) -> None:
        super().__init__()
        self.register_buffer("unit", torch.tensor(unit))
        self.layers = nn.Sequential(
            nn.Conv2d(1, features // 2, 3, padding=1, bias=False),
            nn.BatchNorm2d(features // 2),
            nn.ReLU(),
            _Residual(features // 2),
            nn.Conv2d(features // 2, features, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(features),
            nn.ReLU(),
            _Residual(features),
        )
        self.last = nn.Linear(features, N_TARGETS)

    def features(self, images: Tensor) -> Tensor:
        """The features (N, D) of images (N, rows, columns) in MeV."""
        return self.layers((images[:, None] / self.unit).log1p()).mean((2, 3))

    def forward(self, images: Tensor) -> Tensor:
        """The targets (N, 2) of images (N, rows, columns) in MeV, in their standard deviations."""
        return self.last(self.features(images))


class _Residual(nn.Module):
    def __init__(self, filters: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(filters, filters, 3, padding=1, bias=False),
            nn.BatchNorm2d(filters),
            nn.ReLU(),
            nn.Conv2d(filters, filters, 3, padding=1, bias=False),
            nn.BatchNorm2d(filters),
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.layers(x))


def summed(showers: Showers, box: Box) -> Tensor:
    """The images (N, rows, columns) of showers in MeV, summed over the layers of the box."""
    return torch.from_numpy(showers.voxels.reshape(-1, *box).sum(1))


def layer(showers: Showers, box: Box, number: int) -> Tensor:
    """The images (N, rows, columns) of one layer of the box in MeV."""
    return torch.from_numpy(showers.voxels.reshape(-1, *box)[:, number])


def targets(showers: Showers) -> Tensor:
    """The incident energy in GeV, and the number of the layer of the largest deposit, (N, 2)."""
    found = showers.energy, showers.layer_energies.argmax(1)
    return torch.stack([torch.as_tensor(x).float() for x in found], 1)
