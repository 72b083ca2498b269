"""A residual network of 3D convolutions on voxels, as in the CaloChallenge (arXiv:2410.21611)."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ultimetric.classifiers.ensemble import Task
from ultimetric.classifiers.grids import grid_of, on_grid
from ultimetric.classifiers.heads import Head
from ultimetric.classifiers.inputs import logarithms
from ultimetric.classifiers.module_ensemble import ModuleEnsemble
from ultimetric.classifiers.trained import Trained
from ultimetric.errors import UserError
from ultimetric.kinds.layout import Layout


class Resnet(Trained):
    """ResNet (arXiv:1512.03385) in layers and their two axes, such as phi and eta.

    All layers are brought to one grid (`grids.on_grid`). Voxels enter as log10(x + `log_floor`),
    standardised cell by cell with the training showers of each network, or as they are with
    `raw_inputs`. Padding is zero, but periodic in an angle (phi) unless `periodic` is false: a
    rotation by a whole stride changes nothing. Other inputs (layer energies) are whitened, or
    normalised batch by batch with `batch_norm`, and join before the last dense layers. Keys of a
    card besides those of `Trained` are the `stem` with its `kernel`, `stride` and, for a max pool,
    `pool` (or `cells` instead of `stride`: the largest number of cells that are left; the kernel
    grows with the stride); `planes`, `blocks` and `strides` of the stages; `head`, the widths of
    dense layers; `dropout`; and `together`, the number of networks that are evaluated at once.

    Raises:
        UserError: The inputs are not images.
    """

    def _ensemble(self, x: np.ndarray, task: Task) -> ModuleEnsemble:
        layout = self.layout
        if layout is None or not layout.shapes:
            raise UserError("classifier resnet: it needs images; give it `inputs` with some")
        images, others = layout.split(x)
        floor = None if self.card.get("raw_inputs") else self.card["log_floor"]
        grid = on_grid(layout, torch.as_tensor(logarithms(images, floor))).flatten(1)
        return ModuleEnsemble(
            np.concatenate([grid.numpy(), others], axis=1).astype(np.float32),
            task,
            partial(ResidualNetwork, self.card, layout),
            self.card["together"],
        )


class ResidualNetwork(nn.Module):
    """Stem, stages of basic blocks, the mean over cells, dense layers.

    Arguments:
        card: The card, as of `Resnet`.
        layout: The layout of the images on whose grid the first inputs lie.
        training: The inputs of the training showers (n, D).
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, card: dict[str, Any], layout: Layout, training: Tensor) -> None:
        super().__init__()
        self.shape = grid_of(layout)
        grid, others = self._parts(training)
        # All positions along an angle are equivalent.
        alike = (0, 3) if layout.angular else (0,)
        std, mean = torch.std_mean(grid, alike, keepdim=True)
        if card.get("raw_inputs"):
            std, mean = torch.ones_like(std), torch.zeros_like(mean)
        self.register_buffer("mean", mean)
        self.register_buffer("scale", 1 / torch.where(std > 0, std, 1.0))
        stem, planes = card["stem"], card["planes"]
        periodic = layout.angular and card.get("periodic", True)
        kernel, stride = _kernel_and_stride(stem, self.shape)
        layers: list[nn.Module] = [
            Convolution(1, planes[0], kernel, stride, periodic),
            nn.BatchNorm3d(planes[0]),
            nn.ReLU(),
        ]
        if stem["pool"]:
            layers += [Padding([3] * 3, periodic, -torch.inf), nn.MaxPool3d(3, 2)]
        width = planes[0]
        for plane, blocks, stride in zip(planes, card["blocks"], card["strides"], strict=True):
            for i in range(blocks):
                layers.append(BasicBlock(width, plane, 1 if i else stride, periodic))
                width = plane
        self.layers = nn.Sequential(*layers)
        normed = card.get("batch_norm", False)
        self.head = Head(width, others, card["head"], card["dropout"], normed)

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The grid (n, 1, layers, phi, eta) and the other inputs of x (n, D)."""
        cells = prod(self.shape)
        return x[:, :cells].reshape(-1, 1, *self.shape), x[:, cells:]

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n,) of inputs (n, D)."""
        grid, others = self._parts(x)
        found = self.layers((grid - self.mean) * self.scale)
        return self.head(found.mean((2, 3, 4)), others)


def _kernel_and_stride(
    stem: dict[str, Any], shape: tuple[int, int, int]
) -> tuple[list[int], list[int]]:
    """Kernel and stride of the first convolution, which covers every cell."""
    if "stride" in stem:
        return stem["kernel"], stem["stride"]
    stride = [-(-n // most) for n, most in zip(shape, stem["cells"], strict=True)]
    kernel = [max(k, 2 * s - 1) for k, s in zip(stem["kernel"], stride, strict=True)]
    return kernel, stride


class BasicBlock(nn.Module):
    """Two convolutions and a shortcut, which is a convolution if shapes differ (type B)."""

    def __init__(self, n_in: int, n_out: int, stride: int | list[int], periodic: bool) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            Convolution(n_in, n_out, 3, stride, periodic),
            nn.BatchNorm3d(n_out),
            nn.ReLU(),
            Convolution(n_out, n_out, 3, 1, periodic),
            nn.BatchNorm3d(n_out),
        )
        self.shortcut: nn.Module = nn.Identity()
        if n_in != n_out or stride not in (1, [1, 1, 1]):
            shortcut = Convolution(n_in, n_out, 1, stride, periodic)
            self.shortcut = nn.Sequential(shortcut, nn.BatchNorm3d(n_out))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.layers(x) + self.shortcut(x))


class Padding(nn.Module):
    """Add cells around a grid (n, C, layers, phi, eta), half a kernel on each side.

    Arguments:
        kernel: The odd numbers of cells in layer, phi and eta.
        periodic: Whether cells beyond the ends in phi are those of the other end.
        value: The value of all other cells outside.
    """

    def __init__(self, kernel: list[int], periodic: bool, value: float = 0.0) -> None:
        super().__init__()
        self.half = [k // 2 for k in kernel]
        self.periodic, self.value = periodic, value

    def forward(self, x: Tensor) -> Tensor:
        layer, phi, eta = self.half
        if self.periodic and phi:
            # An angle may have fewer cells than half a kernel.
            x = x[:, :, :, torch.arange(-phi, x.shape[3] + phi, device=x.device) % x.shape[3]]
            phi = 0
        return F.pad(x, (eta, eta, phi, phi, layer, layer), value=self.value)


class Convolution(nn.Sequential):
    """Padding and a 3D convolution without bias, initialised as in arXiv:1502.01852."""

    def __init__(
        self,
        n_in: int,
        n_out: int,
        kernel: int | list[int],
        stride: int | list[int],
        periodic: bool,
    ) -> None:
        kernel = [kernel] * 3 if isinstance(kernel, int) else kernel
        stride = stride if isinstance(stride, int) else tuple(stride)
        convolution = nn.Conv3d(n_in, n_out, tuple(kernel), stride, bias=False)
        nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
        super().__init__(Padding(kernel, periodic), convolution)
