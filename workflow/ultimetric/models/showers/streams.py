"""One stream of locally connected layers per calorimeter layer (CaloGAN, arXiv:1712.10321)."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.models.showers.condition import log_energy
from ultimetric.models.showers.locally_connected import LocallyConnected2d

SLOPE = 0.3  # of the leaky ReLU below zero, as in the published networks


def normalisation(kind: str, channels: int) -> nn.Module:
    """`batch`, `layer` (over channels and places) or `none`."""
    return {
        "batch": lambda: nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01),  # as in Keras
        "layer": lambda: nn.GroupNorm(1, channels),
        "none": nn.Identity,
    }[kind]()


def convolution(inputs: int, outputs: int) -> nn.Sequential:
    """Windows of 2 x 2; the image keeps its size by zeros after its last row and column."""
    return nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(inputs, outputs, 2))


class Stream(nn.Sequential):
    """From hidden numbers (N, hidden) to one image (N, 1, phi, eta).

    A dense layer fills an image larger by two cells each way; a convolution and two locally
    connected layers, all with windows of 2 x 2, make the layer's image of it.
    """

    def __init__(
        self, hidden: int, shape: tuple[int, int], channels: list[int], norm: str
    ) -> None:
        wide = (shape[0] + 2, shape[1] + 2)
        filled, convolved, local = channels
        second = LocallyConnected2d(convolved, local, wide, (2, 2))
        super().__init__(
            linear(hidden, filled * math.prod(wide)),
            nn.Unflatten(1, (filled, *wide)),
            convolution(filled, convolved),
            nn.LeakyReLU(SLOPE),
            normalisation(norm, convolved),
            second,
            nn.LeakyReLU(SLOPE),
            LocallyConnected2d(local, 1, second.size, (2, 2), bias=False),
        )


class InPainting(nn.Module):
    """Mixes an image with the one of the layer before, by weights that sum to one in each cell.

    The image before is brought to this layer's cells by averages (or repetition); a locally
    connected layer with windows of 3 x 3 sees both and gives the logits of the weights. At first
    the image itself has nearly all the weight.

    Arguments:
        shape: The cells of this layer along (phi, eta).
        bias: The initial logit of the weight of the image before.
    """

    def __init__(self, shape: tuple[int, int], bias: float) -> None:
        super().__init__()
        self.shape = shape
        self.gate = LocallyConnected2d(2, 2, shape, (3, 3), padding=1)
        with torch.no_grad():
            self.gate.bias[1] = bias

    def forward(self, image: Tensor, before: Tensor) -> Tensor:
        """Images (N, 1, phi, eta) of this layer and of the layer before."""
        both = torch.cat([image, functional.adaptive_avg_pool2d(before, self.shape)], 1)
        return (both * self.gate(both).softmax(1)).sum(1, keepdim=True)


class ShowerStreams(nn.Module):
    """Latent vector and incident energy to images and energy numbers, before any scale.

    Arguments:
        geometry: The geometry of the detector.
        latent_size: The size of the latent vector.
        made: The energy numbers that are made besides the images.
        condition: `scale`, which multiplies the latent vector by E_inc over the detector's
            largest, as in the papers, or `append`, which adds log E_inc beside it.
        trunk: The widths of dense layers before all streams; none in the papers.
        channels: The channels of each stream after its dense layer, its convolution and its first
            local layer.
        norm: The normalisation after the convolution.
        energies: The widths of the dense layers that make the energy numbers.
        gate: The initial logit of the weight of the image before.
    """

    def __init__(
        self,
        geometry: Geometry,
        latent_size: int,
        made: int,
        condition: str,
        trunk: list[int],
        channels: list[int],
        norm: str,
        energies: list[int],
        gate: float,
    ) -> None:
        super().__init__()
        self.condition = condition
        self.largest = geometry.energy_range_GeV[1]
        inputs = latent_size + (condition == "append")
        self.trunk = dense(inputs, *trunk)
        hidden = [inputs, *trunk][-1]
        self.streams = nn.ModuleList(Stream(hidden, s, channels, norm) for s in geometry.shapes)
        self.carry = nn.ModuleList(InPainting(s, gate) for s in geometry.shapes[1:])
        last = [inputs, *energies][-1]
        self.energies = (
            nn.Sequential(dense(inputs, *energies), linear(last, made)) if made else None
        )

    def forward(self, z: Tensor, energy: Tensor) -> tuple[Tensor, Tensor | None]:
        """Images, flat (N, n_voxels), and energy numbers (N, made), if any; float32.

        Arguments:
            z: Latent vectors (N, latent_size).
            energy: Incident energies (N, 1) in GeV.
        """
        if self.condition == "scale":
            x = z * (energy / self.largest).float()
        else:
            x = torch.cat([z, log_energy(energy)], 1)
        hidden = self.trunk(x)
        images = [stream(hidden) for stream in self.streams]
        for i, carry in enumerate(self.carry, start=1):
            images[i] = carry(images[i], images[i - 1])
        flat = torch.cat([image.flatten(1) for image in images], 1)
        return flat, None if self.energies is None else self.energies(x)


def dense(*widths: int) -> nn.Sequential:
    """Dense layers with leaky ReLUs from one width to the next."""
    return nn.Sequential(
        *(
            part
            for before, after in pairwise(widths)
            for part in (linear(before, after), nn.LeakyReLU(SLOPE))
        )
    )


def linear(inputs: int, outputs: int, bias: bool = True) -> nn.Linear:
    """A dense layer whose initial weights keep the variance (arXiv:1502.01852, uniform)."""
    layer = nn.Linear(inputs, outputs, bias)
    nn.init.kaiming_uniform_(layer.weight, SLOPE)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer
