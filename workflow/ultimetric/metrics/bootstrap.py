"""Poisson bootstrap: replicas of a set of showers as weights, all at once."""

from __future__ import annotations

import numpy as np

REPLICAS = 100


def bootstrap_weights(n_showers: int, replicas: int, rng: np.random.Generator) -> np.ndarray:
    """Weights (1 + replicas, n_showers), each row with sum 1; the first is the set itself.

    In a replica every shower counts Poisson(1) times, whatever the observable, so that sums
    over observables keep their correlations.
    """
    drawn = rng.poisson(1.0, (replicas, n_showers)).astype(np.float64)
    weights = np.concatenate([np.ones((1, n_showers)), drawn])
    return weights / weights.sum(1, keepdims=True)
