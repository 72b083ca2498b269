"""The Poisson bootstrap: replicas of a set of showers, as weights."""

from __future__ import annotations

import numpy as np

REPLICAS = 100


def bootstrap_counts(
    n_showers: int, replicas: int, rng: np.random.Generator, group: np.ndarray | None = None
) -> np.ndarray:
    """How often each shower counts in each replica, Poisson(1), shape (replicas, n_showers).

    Showers of one group (n_showers,) count together.
    """
    _, number = np.unique(np.arange(n_showers) if group is None else group, return_inverse=True)
    return rng.poisson(1.0, (replicas, number.max() + 1))[:, number]


def bootstrap_weights(
    n_showers: int, replicas: int, rng: np.random.Generator, group: np.ndarray | None = None
) -> np.ndarray:
    """Weights (1 + replicas, n_showers), each row with sum 1; the first is the set itself.

    In a replica every shower counts as in `bootstrap_counts`, the same for all observables, so
    that their correlations are kept.
    """
    drawn = bootstrap_counts(n_showers, replicas, rng, group).astype(np.float64)
    weights = np.concatenate([np.ones((1, n_showers)), drawn])
    return weights / weights.sum(1, keepdims=True)
