"""How well a classifier test separates, read from its out-of-fold scores (statistics: AUC)."""

from __future__ import annotations

import numpy as np

from ultimetric.classifiers.weights import Weights
from ultimetric.metrics.auc import auc_components
from ultimetric.metrics.numbers import number_of


def mean_score(weights: Weights) -> np.ndarray:
    """Raw logit averaged over repeats, truth first."""
    return weights.joined("score").mean(1)


def effective_share(w: np.ndarray) -> float:
    """Effective sample size (sum w)^2 / sum w^2 over the number of showers.

    Infinite weights alone count where there are any; without any weight the share is 0.

    >>> effective_share(np.array([1.0, 1.0, 0.0, 0.0]))
    0.5
    >>> effective_share(np.array([np.inf, 1.0, 1.0, 1.0])), effective_share(np.zeros(2))
    (0.25, 0.0)
    """
    highest = w.max()
    if highest == 0:
        return 0.0
    shares = (w == highest).astype(float) if np.isinf(highest) else w / highest
    return float(shares.sum() ** 2 / (shares**2).sum() / len(w))


def auc_with_error(weights: Weights) -> tuple[float, float]:
    """The table's `auc`: mean over repeats; error from test showers (DeLong) and training."""
    score = weights.joined("score").astype(np.float64)
    number = number_of(auc_components(weights.label, score))
    return number.value, number.error
