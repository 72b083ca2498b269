"""The discriminator, or critic, of showers: a stream per layer and features of energies."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.models.minibatch import DampedDiscrimination, MinibatchDiscrimination
from ultimetric.models.showers.condition import log_energy
from ultimetric.models.showers.locally_connected import LocallyConnected2d
from ultimetric.models.showers.streams import SLOPE, convolution, dense, linear, normalisation


class LayerCritic(nn.Sequential):
    """Features (N, self.features) of one layer's images (N, channels, phi, eta)."""

    def __init__(
        self, inputs: int, shape: tuple[int, int], channels: list[int], norm: str
    ) -> None:
        convolved, *local = channels
        layers = [convolution(inputs, convolved), nn.LeakyReLU(SLOPE)]
        size = shape
        windows = (((3, 3), (1, 2)), ((2, 2), (1, 1)), ((2, 2), (1, 2)))
        before = convolved
        for width, (kernel, stride) in zip(local, windows, strict=True):
            connected = LocallyConnected2d(before, width, size, kernel, stride, padding=1)
            layers += [connected, nn.LeakyReLU(SLOPE), normalisation(norm, width)]
            before, size = width, connected.size
        super().__init__(*layers, nn.Flatten())
        self.features = before * math.prod(size)


class NearInParts(nn.Module):
    """How near the showers of a batch are in each part of what CaloGAN's discriminator sees.

    The parts are the features of each layer's stream, the occupancy of each layer, and the
    energies of all layers in GeV.

    Arguments:
        geometry: The geometry of the detector.
        features: The numbers of features of the streams.
        kernels, width: Options of the minibatch discrimination of each part.
    """

    def __init__(self, geometry: Geometry, features: list[int], kernels: int, width: int) -> None:
        super().__init__()
        self.n_layers, self.largest = geometry.n_layers, geometry.energy_range_GeV[1]
        sizes = [*features, *([1] * self.n_layers), self.n_layers]
        self.parts = nn.ModuleList(DampedDiscrimination(n, kernels, width) for n in sizes)
        self.size = kernels * len(sizes)

    def forward(self, features: list[Tensor], seen: Tensor) -> Tensor:
        """(N, self.size) of features (N, ...) and the numbers that `DepositSpace` shows."""
        occupied, layers, _ = seen.split([self.n_layers, self.n_layers, 3], 1)
        seen = [*features, *occupied.split(1, 1), layers * self.largest / 10]
        return torch.cat([part(x) for part, x in zip(self.parts, seen, strict=True)], 1)


class ShowerCritic(nn.Module):
    """One number per shower: the logit of being true, or a critic's score.

    Arguments:
        geometry: The geometry of the detector.
        images: The numbers seen per voxel.
        seen: The numbers seen besides the images.
        channels: The channels of each layer's stream after its convolution and its local layers.
        norm: The normalisation after local layers.
        energies: The widths of the dense layers that see the numbers besides the images.
        hidden: The widths of the dense layers that see all features.
        kernels, width: Options of the minibatch discrimination of all features; no kernels, none.
        bias: Whether the score has one of its own; it cancels in a difference of scores.
        parts: Whether the minibatch discrimination is that of `NearInParts`, and E_inc is seen by
            its difference from E_tot alone, as in CaloGAN; the images are those of `DepositSpace`.
    """

    def __init__(
        self,
        geometry: Geometry,
        images: int,
        seen: int,
        channels: list[int],
        norm: str,
        energies: list[int],
        hidden: list[int],
        kernels: int,
        width: int,
        bias: bool,
        parts: bool = False,
    ) -> None:
        super().__init__()
        self.geometry = geometry
        self.images = images
        self.parts = parts
        self.streams = nn.ModuleList(
            LayerCritic(images, shape, channels, norm) for shape in geometry.shapes
        )
        numbers = seen if parts else seen + 1
        self.energies = dense(numbers, *energies)
        sizes = [stream.features for stream in self.streams]
        features, n_near = sum(sizes) + [numbers, *energies][-1], kernels
        self.near: nn.Module | None = None
        if parts:
            self.near = NearInParts(geometry, sizes, kernels, width)
            n_near = self.near.size
        elif kernels:
            self.near = MinibatchDiscrimination(features, kernels, width)
        widths = [features + n_near, *hidden]
        self.head = nn.Sequential(dense(*widths), linear(widths[-1], 1, bias))

    def forward(self, seen: Tensor, energy: Tensor) -> Tensor:
        """Scores (N, 1) of what is seen (N, images * n_voxels + seen) at energies in GeV."""
        flat, energies = seen.tensor_split([self.images * self.geometry.n_voxels], 1)
        flat = flat.reshape(len(seen), self.images, -1)
        layers = zip(self.streams, self.geometry.slices, self.geometry.shapes, strict=True)
        features = [stream(flat[:, :, s].unflatten(2, shape)) for stream, s, shape in layers]
        numbers = energies if self.parts else torch.cat([energies, log_energy(energy)], 1)
        x = torch.cat([*features, self.energies(numbers)], 1)
        if self.near is None:
            return self.head(x)
        near = self.near(features, energies) if self.parts else self.near(x)
        return self.head(torch.cat([x, near], 1))
