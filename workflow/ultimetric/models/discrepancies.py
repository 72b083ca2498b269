"""Maximum mean discrepancies as losses."""

from __future__ import annotations

import torch
from torch import Tensor


def mean_discrepancy(x: Tensor, y: Tensor, alpha: float) -> Tensor:
    """Squared maximum mean discrepancy (...,) with the kernel exp(-alpha |a - b|^2).

    The estimate with the diagonal (arXiv:0805.2368, eq. 4): never below zero, zero for equal sets.

    Arguments:
        x, y: Sets of points (..., n, d) and (..., m, d).
        alpha: 1 / (2 width^2) for a kernel of this width.
    """

    def kernel(a: Tensor, b: Tensor) -> Tensor:
        # Not by scalar products, which lose digits of small distances.
        distance = torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")
        return (-alpha * distance.square()).exp().mean((-2, -1))

    return kernel(x, x) + kernel(y, y) - 2 * kernel(x, y)


def sorted_discrepancy(
    x: Tensor, y: Tensor, alpha: float, kernel: int, stride: int, cut: int
) -> Tensor:
    """Discrepancy of hit spectra, window by window of the sorted hits (arXiv:2005.05334).

    Arguments:
        x, y: Hits (N, n_voxels) of showers, compared row by row.
        alpha: As of `mean_discrepancy`.
        kernel, stride: The length of a window, and the distance between the starts of windows.
        cut: The number of the largest hits that count.

    Returns:
        The mean over showers and windows.
    """
    size = min(kernel, cut, x.shape[1])
    first, second = (
        torch.sort(hits, 1, descending=True).values[:, :cut].unfold(1, size, stride)[..., None]
        for hits in (x, y)
    )
    return mean_discrepancy(first, second, alpha).mean()
