"""A convolution with filters that differ from place to place."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

SMALL = 2**18  # elements of the matrix of a layer that is one product


class LocallyConnected2d(nn.Module):
    """out[n, o, p] = bias[p, o] + sum_k,c weight[p, k, c, o] image[n, c, window[p, k]].

    A place p of the outgoing image has a window of cells in the incoming one. Initial
    weights keep the variance through a ReLU (arXiv:1502.01852, uniform).

    Arguments:
        in_channels, out_channels: The channels of the incoming and of the outgoing images.
        size: The height and the width of the incoming images.
        kernel, stride: The size and the stride of the window, (vertical, horizontal).
        padding: The number of zeros on each of the four sides.
        bias: Whether there is a bias.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        size: tuple[int, int],
        kernel: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        padding: int = 0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        steps = zip(size, kernel, stride, strict=True)
        self.size = tuple((n + 2 * padding - k) // s + 1 for n, k, s in steps)
        self.register_buffer("window", _windows(size, kernel, stride, padding), persistent=False)
        places, cells = self.window.shape
        bound = (6 / (in_channels * cells)) ** 0.5
        weight = torch.empty(places, cells, in_channels, out_channels)
        self.weight = nn.Parameter(nn.init.uniform_(weight, -bound, bound))
        self.bias = nn.Parameter(torch.zeros(out_channels, places)) if bias else None
        self.n_cells = math.prod(size)
        self.small = in_channels * self.n_cells * out_channels * places <= SMALL

    def forward(self, images: Tensor) -> Tensor:
        """(N, in_channels, height, width) to (N, out_channels, *self.size)."""
        out = self._as_matrix(images) if self.small else self._by_windows(images)
        if self.bias is not None:
            out = out + self.bias
        return out.unflatten(2, self.size)

    def _by_windows(self, images: Tensor) -> Tensor:
        cells = functional.pad(images.flatten(2), (0, 1)).permute(2, 0, 1)
        patches = cells.index_select(0, self.window.flatten()).unflatten(0, self.window.shape)
        out = torch.bmm(patches.transpose(1, 2).flatten(2), self.weight.flatten(1, 2))
        return out.permute(1, 2, 0)

    def _as_matrix(self, images: Tensor) -> Tensor:
        """One product with a matrix of mostly zeros, which small images are done with sooner."""
        places, _, inputs, outputs = self.weight.shape
        matrix = self.weight.new_zeros(self.n_cells + 1, places, inputs, outputs)
        rows = torch.arange(places, device=matrix.device)[:, None]
        matrix = matrix.index_put((self.window, rows), self.weight)[:-1]
        matrix = matrix.permute(2, 0, 3, 1).reshape(inputs * self.n_cells, outputs * places)
        return (images.flatten(1) @ matrix).unflatten(1, (outputs, places))


def _windows(
    size: tuple[int, int], kernel: tuple[int, int], stride: tuple[int, int], padding: int
) -> Tensor:
    """Flat numbers of the cells in the window of each place, shape (places, cells).

    A cell of the padding has the number that follows the last cell.
    """
    n_cells = math.prod(size)
    numbers = torch.arange(n_cells, dtype=torch.float64).reshape(1, *size)
    padded = functional.pad(numbers, [padding] * 4, value=n_cells)
    return functional.unfold(padded, kernel, stride=stride).T.long()
