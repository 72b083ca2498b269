"""Cells to which the distance of the mean activations of truth and sample is attributed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from ultimetric.device import device
from ultimetric.kinds.showers.regression.fitting import AT_ONCE

STEPS = 8  # of the integral, by the Gauss-Legendre rule


def cells(
    activations: Callable[[Tensor], Tensor],
    difference: np.ndarray,
    truth: np.ndarray,
    sample: np.ndarray,
) -> np.ndarray:
    """The contribution of each cell to the squared distance of the mean activations.

    The activations of each shower are projected on the difference d of the means. The projection
    is attributed to the cells by integrated gradients (arXiv:1703.01365) on the straight line from
    the mean true shower to the shower. The mean over the sample minus that over truth is
    returned. Its sum over cells is d times the difference of the mean activations of these
    showers, |d|^2 if they are all showers, up to the error of the integral.

    The line does not begin at the empty shower: a network with layer norm sees hardly any
    difference between a shower and a multiple of it, so that all its gradient would lie at one
    end.

    Arguments:
        activations: The activations (N, A) of deposits (N, cells).
        difference: The mean activations of the sample minus those of truth (A,).
        truth, sample: Deposits (N, cells) and (M, cells) in MeV.

    Returns:
        The contributions (cells,), in units of the Fréchet distance.
    """
    direction = torch.as_tensor(difference, dtype=torch.float32, device=device())
    start = torch.from_numpy(truth.mean(0, dtype=np.float64).astype(np.float32))[None].to(device())
    method = IntegratedGradients(lambda x: activations(x) @ direction)

    def mean(deposits: np.ndarray) -> np.ndarray:
        total = np.zeros(deposits.shape[1])
        for part in torch.from_numpy(deposits).split(AT_ONCE):
            found = method.attribute(
                part.to(device()), start, n_steps=STEPS, internal_batch_size=AT_ONCE
            )
            total += found.sum(0, dtype=torch.float64).cpu().numpy()
        return total / len(deposits)

    return mean(sample) - mean(truth)


def evenly(energy: np.ndarray, most: int) -> np.ndarray:
    """The rows of at most so many showers, at even ranks of their energies (N,).

    So chosen, few showers of two sets have nearly the same spectrum.
    """
    ranks = np.linspace(0, len(energy) - 1, min(most, len(energy))).round().astype(int)
    return np.sort(np.argsort(energy, kind="stable")[ranks])
