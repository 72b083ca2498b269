"""The spectrum of the conditions of a truth, and conditions drawn from it."""

from __future__ import annotations

import numpy as np
import torch

from ultimetric.kinds.base import Kind

QUANTILES = 1001


def spectrum_size(kind: Kind) -> int:
    """The number of values in the spectrum of a kind's conditions."""
    if kind.condition is None or kind.condition.classes is None:
        return QUANTILES * kind.n_conditions
    return len(kind.condition.classes)


def spectrum(kind: Kind, condition: np.ndarray) -> np.ndarray:
    """Quantiles (QUANTILES,) of conditions (N, C); the shares of the classes, if it is a class."""
    if kind.condition is None:
        return np.empty(0)
    if kind.condition.classes is not None:
        counts = np.bincount(condition[:, 0].astype(int), minlength=len(kind.condition.classes))
        return counts / len(condition)
    return np.quantile(condition[:, 0], np.linspace(0, 1, QUANTILES))


def drawn(kind: Kind, spectrum: np.ndarray, n: int, rng: torch.Generator) -> np.ndarray:
    """Conditions (n, C) of a spectrum; without a condition no random number is drawn."""
    if kind.condition is None:
        return np.empty((n, 0))
    levels = torch.rand(n, generator=rng, dtype=torch.float64).numpy()
    if kind.condition.classes is None:
        return np.interp(levels, np.linspace(0, 1, QUANTILES), spectrum)[:, None]
    ends = np.cumsum(spectrum)
    return np.searchsorted(ends / ends[-1], levels, side="right").astype(np.float64)[:, None]
