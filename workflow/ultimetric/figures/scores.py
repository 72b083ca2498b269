"""How well a classifier test separates, read from its out-of-fold scores (statistics: AUC)."""

from __future__ import annotations

import numpy as np

from ultimetric.analyses.numbers import auc_of, number_of
from ultimetric.classifiers.weights import Weights


def mean_score(weights: Weights) -> np.ndarray:
    """Raw logit averaged over repeats, truth first."""
    return weights.joined("score").mean(1)


def auc_with_error(weights: Weights) -> tuple[float, float]:
    """The table's `auc`: mean over repeats; error from test entries (DeLong) and training."""
    number = number_of(auc_of(weights))
    return number.value, number.error
