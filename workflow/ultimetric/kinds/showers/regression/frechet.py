"""The Fréchet distance of the features that a network makes of showers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ultimetric.analyses.joint import counted
from ultimetric.analyses.numbers import Number
from ultimetric.statistics.bootstrap import bootstrap_counts
from ultimetric.statistics.frechet import batch_sizes, extrapolated, spread

SIZES, BATCHES = 10, 10  # of batches, and of each size; jetnet has 10 and 20
MIN_SHARE = 0.4  # of the entries in the smallest batches, as in `fpd`


def distance(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]], replicas: int, rng: np.random.Generator
) -> Number:
    """The mean distance of pairs of sets, extrapolated to infinitely many showers as in `fpd`.

    The error has two parts, added in quadrature: the standard deviation of the distance, without
    extrapolation, over Poisson bootstrap replicas of the showers, and the error of the fits.

    Arguments:
        pairs: The features (N, D) and (M, D) of truth and sample; several pairs are those of
            several parts of the same showers.
        replicas: The number of bootstrap replicas.
        rng: Random numbers.
    """
    n_truth, n_sample = map(len, pairs[0])
    smaller = min(n_truth, n_sample)
    sizes = batch_sizes(round(MIN_SHARE * smaller), smaller, SIZES)
    found = np.array([extrapolated(*pair, sizes, BATCHES, rng) for pair in pairs])
    value, fit = found[:, 0].mean(), np.linalg.norm(found[:, 1]) / len(found)
    counts = [bootstrap_counts(n, replicas, rng) for n in (n_truth, n_sample)]
    note = f"{counted(smaller)}; {replicas} bootstrap replicas; fit error {fit:.2g}"
    return Number(
        float(value), float(np.hypot(spread(pairs, counts), fit)), n_test=n_truth + n_sample,
        note=note,
    )  # fmt: skip
