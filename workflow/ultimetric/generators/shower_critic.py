"""The discriminator, or critic, of showers: a stream per layer and features of energies."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ultimetric.data.geometry import Geometry
from ultimetric.generators.conditions import log_energy
from ultimetric.generators.locally_connected import LocallyConnected2d
from ultimetric.generators.minibatch import MinibatchDiscrimination
from ultimetric.generators.shower_streams import SLOPE, dense, normalisation


class LayerCritic(nn.Sequential):
    """Features (N, self.features) of one layer's images (N, channels, phi, eta)."""

    def __init__(
        self, inputs: int, shape: tuple[int, int], channels: list[int], norm: str
    ) -> None:
        convolved, *local = channels
        layers = [nn.Conv2d(inputs, convolved, 2, padding="same"), nn.LeakyReLU(SLOPE)]
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
    """Real or made? One number per shower."""

    def __init__(
        self,
        geometry: Geometry,
        n_energies: int,
        channels: list[int],
        norm: str,
        energy_hidden: list[int],
        hidden: list[int],
        kernels: int = 0,
        width: int = 10,
    ) -> None:
        super().__init__()
        self.geometry = geometry
        self.n_images = 2
        self.streams = nn.ModuleList(
            LayerCritic(self.n_images, shape, channels, norm) for shape in geometry.shapes
        )
        self.energies = dense(n_energies + 1, energy_hidden)
        last = energy_hidden[-1] if energy_hidden else n_energies + 1
        sizes = [stream.features for stream in self.streams] + [last]
        self.diversity = nn.ModuleList(
            MinibatchDiscrimination(size, kernels, width) for size in sizes if kernels
        )
        features = sum(sizes) + kernels * len(sizes)
        self.head = nn.Sequential(
            *dense(features, hidden), nn.Linear(hidden[-1] if hidden else features, 1)
        )

    def forward(self, seen: Tensor, energy: Tensor) -> Tensor:
        """Scores (N, 1) of views (N, features) at incident energies (N, 1) in GeV."""
        images, energies = seen.tensor_split([self.n_images * self.geometry.n_voxels], 1)
        images = images.reshape(len(seen), self.n_images, -1)
        parts = [
            stream(images[:, :, s].reshape(len(seen), self.n_images, *shape))
            for stream, s, shape in zip(
                self.streams, self.geometry.slices, self.geometry.shapes, strict=True
            )
        ]
        parts.append(self.energies(torch.cat([energies, log_energy(energy)], 1)))
        parts += [near(x) for near, x in zip(self.diversity, list(parts), strict=False)]
        return self.head(torch.cat(parts, 1))
