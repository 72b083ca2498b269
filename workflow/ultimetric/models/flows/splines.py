"""Monotonic rational-quadratic splines (arXiv:1906.04032), laid out for speed on a CPU."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from zuko.transforms import MonotonicRQSTransform


class RQS(MonotonicRQSTransform):
    """zuko's spline with the bins first in memory, which takes half of its time.

    Softmax, cumulative sum and look-up then run over contiguous rows of all samples and features,
    not over the few bins of each.
    """

    def __init__(
        self,
        widths: Tensor,
        heights: Tensor,
        derivatives: Tensor,
        bound: float = 5.0,
        slope: float = 1e-3,
        **kwargs: Any,
    ) -> None:
        # Past zuko's own set-up, which this replaces.
        super(MonotonicRQSTransform, self).__init__(**kwargs)
        bins, smallest = widths.shape[-1], math.log(slope)
        raw = torch.cat([widths, heights, derivatives], -1).movedim(-1, 0)
        if raw.dtype == torch.bfloat16:  # of a network whose products have this precision
            raw = raw.float()
        sizes, slopes = raw.tensor_split([2 * bins])
        sizes = sizes.unflatten(0, (2, bins))
        sizes = sizes / (1 + (2 * sizes / smallest).abs())
        upper = bound * (2 * sizes.softmax(1).cumsum(1) - 1)
        lowest = torch.full_like(upper[:, :1], -bound)
        self.horizontal, self.vertical = torch.cat([lowest, upper], 1)
        slopes = (slopes / (1 + (slopes / smallest).abs())).exp()
        outside = torch.ones_like(upper[0, :1])
        self.derivatives = torch.cat([outside, slopes, outside])

    @property
    def bins(self) -> int:
        return len(self.horizontal) - 1

    @staticmethod
    def searchsorted(seq: Tensor, value: Tensor) -> Tensor:
        return (seq < value).sum(0)

    def bin(self, k: Tensor) -> tuple[Tensor, ...]:
        mask = (k >= 0) & (k < self.bins)
        k = (k % self.bins)[None]
        x0, x1, y0, y1, d0, d1 = (
            table.gather(0, i)[0]
            for table in (self.horizontal, self.vertical, self.derivatives)
            for i in (k, k + 1)
        )
        return mask, x0, x1, y0, y1, d0, d1, (y1 - y0) / (x1 - x0)
