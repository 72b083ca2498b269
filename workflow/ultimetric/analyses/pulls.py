"""Weights in units of the spread of a generator's density in the posterior of its weights."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ultimetric.classifiers.weights import Side

EDGES = np.linspace(-5, 5, 51)  # of the histograms of pulls
SPREAD, LOG_SPREAD = "density/relative_spread", "density/log_spread"  # arrays of `posterior`


class Pulls(NamedTuple):
    """Pulls of sample entries (N,): how far truth and density are apart, in units of the spread.

    Arguments:
        linear: The difference (p_truth - mu) / sigma = mu (w - 1) / sigma, mu and sigma those of
            the density.
        logarithmic: The difference of the logarithms, ln w / sigma(ln p).
    """

    linear: np.ndarray
    logarithmic: np.ndarray


def spreads(log_densities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """sigma / mu of densities (N,) and sigma of their logarithms (N,), over draws (N, K)."""
    relative = np.exp(log_densities - log_densities.max(1, keepdims=True))
    return relative.std(1, ddof=1) / relative.mean(1), log_densities.std(1, ddof=1)


def pulls(side: Side, spread: np.ndarray, log_spread: np.ndarray) -> Pulls:
    """The pulls of the entries of a sample that have weights.

    Arguments:
        side: The weights of the sample.
        spread, log_spread: The spreads of the density of all entries, as of `spreads`.
    """
    rows = side.index
    with np.errstate(divide="ignore", invalid="ignore"):  # a weight may be 0
        return Pulls((side.w - 1) / spread[rows], np.log(side.w) / log_spread[rows])
