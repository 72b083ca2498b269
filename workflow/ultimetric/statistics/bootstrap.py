"""The Poisson bootstrap: replicas of a set of showers, as weights."""

from __future__ import annotations

import numpy as np

REPLICAS = 100


def bootstrap_weights(
    n_showers: int, replicas: int, rng: np.random.Generator, group: np.ndarray | None = None
) -> np.ndarray:
    """Weights (1 + replicas, n_showers), each row with sum 1; the first is the set itself.

    In a replica every shower counts Poisson(1) times, the same for all observables, so that their
    correlations are kept. Showers of one group (n_showers,) count together.
    """
    _, number = np.unique(np.arange(n_showers) if group is None else group, return_inverse=True)
    drawn = rng.poisson(1.0, (replicas, number.max() + 1)).astype(np.float64)[:, number]
    weights = np.concatenate([np.ones((1, n_showers)), drawn])
    return weights / weights.sum(1, keepdims=True)
