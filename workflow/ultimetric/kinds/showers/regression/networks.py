"""Networks of 3D convolutions that estimate the incident energy of a shower."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ultimetric.errors import UserError
from ultimetric.kinds.showers.kind import ShowerKind, Showers

SLOPE = 0.02  # of leaky ReLU
Box = tuple[int, ...]


class Convolution(NamedTuple):
    """A convolution without bias: filters, the cells of its kernel along an axis, and so on."""

    filters: int
    kernel: int
    stride: int = 1
    padding: int = 0


class Architecture(NamedTuple):
    """Convolutions and the layer of activations of a regressor.

    Arguments:
        convolutions: The convolutions. After each but the last one come `norm` and leaky ReLU.
        norm: "layer" (over the cells of each filter) or "batch".
        activations: The width of the last layer but one.
    """

    convolutions: tuple[Convolution, ...]
    norm: str = "layer"
    activations: int = 100


PUBLISHED = (Convolution(16, 3, stride=2), Convolution(32, 3, stride=2), Convolution(16, 2))
LONGER = (
    Convolution(16, 3, stride=2),
    Convolution(16, 3, padding=1),
    Convolution(32, 3, stride=2),
    Convolution(32, 3, padding=1),
    Convolution(16, 2),
)
# `regressor` is that of arXiv:2005.05334, whose table is in the thesis on Fréchet regression
# distances. The layers of the others are not published: these are ours.
ARCHITECTURES = {
    "regressor": Architecture(PUBLISHED),
    "regressor_bn": Architecture(PUBLISHED, norm="batch"),
    "deeper": Architecture(LONGER),
    "regressor_plus": Architecture(LONGER, norm="batch"),
}
# What the option of an analysis must be: a name, or an architecture of one's own.
NAMES = (
    "regressor | regressor_bn | deeper | regressor_plus or "
    "keys name, convolutions, norm, activations: anything"
)


class Regressor(nn.Module):
    """The incident energy in GeV of a shower in a box of equal cells, by 3D convolutions.

    Arguments:
        architecture: The architecture.
        box: The numbers of layers and of cells along both axes of a layer.
        energy: The energy in GeV from which the training starts: the bias of the last layer. With
            the usual start near 0, the last ReLU may have no gradient for any shower.

    Raises:
        UserError: The convolutions do not fit in the box.
    """

    def __init__(self, architecture: Architecture, box: Box, energy: float = 0.0) -> None:
        super().__init__()
        self.box = box
        sizes = list(_sizes(architecture.convolutions, box))
        layers: list[nn.Module] = []
        channels = [1, *(x.filters for x in architecture.convolutions)]
        parts = zip(pairwise(channels), architecture.convolutions, sizes, strict=True)
        for k, (width, x, size) in enumerate(parts, 1):
            layers.append(nn.Conv3d(*width, x.kernel, x.stride, x.padding, bias=False))
            if k < len(sizes):
                layers += [_norm(architecture.norm, x.filters, size), nn.LeakyReLU(SLOPE)]
        self.convolutions = nn.Sequential(*layers)
        cells = int(torch.tensor(sizes[-1]).prod())
        self.dense = nn.Linear(channels[-1] * cells, architecture.activations)
        self.last = nn.Linear(architecture.activations, 1)
        nn.init.constant_(self.last.bias, energy)

    def activations(self, deposits: Tensor) -> Tensor:
        """The activations (N, A) of the last layer but one, of deposits (N, cells) in MeV."""
        return F.leaky_relu(
            self.dense(self.convolutions(deposits.reshape(-1, 1, *self.box)).flatten(1)), SLOPE
        )

    def energy_of(self, activations: Tensor) -> Tensor:
        """The estimated incident energy (N,) in GeV, of activations (N, A)."""
        return F.relu(self.last(activations))[:, 0]

    def forward(self, deposits: Tensor) -> Tensor:
        """The estimated incident energy (N,) in GeV, of deposits (N, cells) in MeV."""
        return self.energy_of(self.activations(deposits))


def architecture_of(given: str | dict[str, Any]) -> tuple[str, Architecture]:
    """The name and the architecture that an option names or describes.

    Arguments:
        given: A name of ARCHITECTURES, or the keys `name`, `convolutions` (a list of keys of
            `Convolution`) and others of `Architecture`.

    Raises:
        UserError: The description lacks something, or has something else.
    """
    if isinstance(given, str):
        return given, ARCHITECTURES[given]
    own = dict(given)
    try:
        name, convolutions = own.pop("name"), own.pop("convolutions")
        found = Architecture(tuple(Convolution(**x) for x in convolutions), **own)
    except (KeyError, TypeError) as error:
        raise UserError(f"regressor {given}: {error} in its description") from None
    if found.norm not in ("layer", "batch"):
        raise UserError(f"regressor {name}: norm {found.norm!r} is not one of layer, batch")
    return str(name), found


def box_of(kind: ShowerKind) -> Box:
    """The box of equal cells that showers lie in.

    Raises:
        UserError: The layers differ, or their cells are polar.
    """
    if (box := kind.geometry.box) is None:
        raise UserError(
            f"geometry {kind.geometry.name}: its layers do not have the same rectangular cells, "
            "as these convolutions need them"
        )
    return box


def deposits(showers: Showers) -> Tensor:
    """The deposits (N, cells) in MeV, which a regressor takes."""
    return torch.from_numpy(showers.voxels)


def _norm(name: str, filters: int, size: Box) -> nn.Module:
    return nn.LayerNorm(size) if name == "layer" else nn.BatchNorm3d(filters)


def _sizes(convolutions: tuple[Convolution, ...], box: Box) -> Iterator[Box]:
    """The cells along each axis after each convolution."""
    size = box
    for x in convolutions:
        size = tuple((n + 2 * x.padding - x.kernel) // x.stride + 1 for n in size)
        if min(size) < 1:
            shape = " x ".join(map(str, box))
            raise UserError(f"regressor: its convolutions do not fit in {shape} cells")
        yield size
