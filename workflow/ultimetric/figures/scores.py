"""How well a classifier test separates, read from its out-of-fold scores (statistics: AUC)."""

from __future__ import annotations

import numpy as np

from ultimetric.classifiers.weights import Weights
from ultimetric.metrics.auc import auc_components
from ultimetric.metrics.numbers import number_of


def mean_score(weights: Weights) -> np.ndarray:
    """Raw logit averaged over repeats, truth first."""
    return weights.joined("score").mean(1)


def auc_with_error(weights: Weights) -> tuple[float, float]:
    """The table's `auc`: mean over repeats; error from test showers (DeLong) and training."""
    score = weights.joined("score").astype(np.float64)
    number = number_of(auc_components(weights.label, score))
    return number.value, number.error
