"""How well a classifier test separates, read from its out-of-fold scores (statistics: AUC)."""

from __future__ import annotations

from math import hypot

import numpy as np

from ultimetric.classifiers.weights import Weights
from ultimetric.metrics.auc import auc, delong


def mean_score(weights: Weights) -> np.ndarray:
    """Raw logit averaged over repeats, truth first."""
    return weights.joined("score").mean(1)


def auc_with_error(weights: Weights) -> tuple[float, float]:
    """AUC of the mean score; error from test showers (DeLong) and from training (repeats)."""
    value, error_test = delong(weights.label, mean_score(weights))
    repeats = [auc(weights.label, score) for score in weights.joined("score").T]
    error_train = np.std(repeats, ddof=1) if len(repeats) > 1 else 0.0
    return value, hypot(error_test, error_train)
