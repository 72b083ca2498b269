"""The conditions of entries: how they are drawn, and what the networks of generators see."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from ultimetric.kinds.base import Kind
from ultimetric.preprocessing.base import Chain, State

QUANTILES = 1001


def n_context(kind: Kind) -> int:
    """Numbers per entry that networks see of the condition."""
    if kind.condition is None or kind.condition.classes is None:
        return kind.n_conditions
    return len(kind.condition.classes)


def context(kind: Kind, condition: Tensor) -> Tensor:
    """What networks see (N, n_context) of conditions (N, C).

    log10(value / reference) of a condition with a reference, else the value itself; of a class
    one number per class, 1 for the entry's own and 0 for the others.
    """
    known = kind.condition
    if known is not None and known.classes is not None:
        return one_hot(condition[:, 0].long(), len(known.classes)).float()
    if known is not None and known.reference is not None:
        return (condition / known.reference).log10().float()
    return condition.float()


def log_totals(chain: Chain, state: State) -> Tensor:
    """log10(total / unit + 1e-8) + 2 (N, n_totals) of a preprocessed state (arXiv:2106.05285)."""
    totals = chain.totals_of(state).clamp(min=0)
    return ((totals / chain.kind.totals_unit + 1e-8).log10() + 2).float()


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
