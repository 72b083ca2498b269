"""The spectrum of the conditions of a truth, and conditions drawn from it."""

from __future__ import annotations

import numpy as np
import torch

from ultimetric.data.spectra import FEW_VALUES, few_values, places
from ultimetric.kinds.base import Kind

QUANTILES = 1001


def spectrum_size(kind: Kind) -> int:
    """The number of values in the spectrum of a kind's conditions."""
    if kind.condition is None or kind.condition.classes is None:
        return QUANTILES * kind.n_conditions
    return len(kind.condition.classes)


def spectrum(kind: Kind, condition: np.ndarray) -> np.ndarray:
    """The spectrum of conditions (N, C), of `spectrum_size` numbers.

    Returns:
        The shares of the classes, if the condition is a class. Else, if there are only a few
        values, these, then the share of each of them, then nan; else QUANTILES quantiles.
    """
    if kind.condition is None:
        return np.empty(0)
    if kind.condition.classes is not None:
        counts = np.bincount(condition[:, 0].astype(int), minlength=len(kind.condition.classes))
        return counts / len(condition)
    x = condition[:, 0]
    values = few_values(x, FEW_VALUES)
    if values is None:
        return np.quantile(x, np.linspace(0, 1, QUANTILES))
    shares = np.bincount(places(x, values), minlength=len(values)) / len(x)
    return np.concatenate([values, shares, np.full(QUANTILES - 2 * len(values), np.nan)])


def drawn(kind: Kind, spectrum: np.ndarray, n: int, rng: torch.Generator) -> np.ndarray:
    """Conditions (n, C) of a spectrum; without a condition no random number is drawn."""
    if kind.condition is None:
        return np.empty((n, 0))
    levels = torch.rand(n, generator=rng, dtype=torch.float64).numpy()
    if kind.condition.classes is not None:
        return _numbers(spectrum, levels).astype(np.float64)[:, None]
    if np.isnan(spectrum).any():
        values, shares = np.split(spectrum[~np.isnan(spectrum)], 2)
        return values[_numbers(shares, levels)][:, None]
    return np.interp(levels, np.linspace(0, 1, QUANTILES), spectrum)[:, None]


def _numbers(shares: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """The numbers (n,) of what has these shares, at levels (n,) between 0 and 1."""
    ends = np.cumsum(shares)
    return np.searchsorted(ends / ends[-1], levels, side="right")
