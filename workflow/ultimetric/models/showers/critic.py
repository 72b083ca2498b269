"""The discriminator, or critic, of showers: a stream per layer and features of energies."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.models.minibatch import MinibatchDiscrimination
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
    ) -> None:
        super().__init__()
        self.geometry = geometry
        self.images = images
        self.streams = nn.ModuleList(
            LayerCritic(images, shape, channels, norm) for shape in geometry.shapes
        )
        self.energies = dense(seen + 1, *energies)
        sizes = [stream.features for stream in self.streams] + [[seen + 1, *energies][-1]]
        features = sum(sizes)
        self.near = MinibatchDiscrimination(features, kernels, width) if kernels else None
        widths = [features + kernels, *hidden]
        self.head = nn.Sequential(dense(*widths), linear(widths[-1], 1, bias))

    def forward(self, seen: Tensor, energy: Tensor) -> Tensor:
        """Scores (N, 1) of what is seen (N, images * n_voxels + seen) at energies in GeV."""
        flat, energies = seen.tensor_split([self.images * self.geometry.n_voxels], 1)
        flat = flat.reshape(len(seen), self.images, -1)
        layers = zip(self.streams, self.geometry.slices, self.geometry.shapes, strict=True)
        features = [stream(flat[:, :, s].unflatten(2, shape)) for stream, s, shape in layers]
        x = torch.cat([*features, self.energies(torch.cat([energies, log_energy(energy)], 1))], 1)
        return self.head(x if self.near is None else torch.cat([x, self.near(x)], 1))
