"""How well a classifier test separates, read from its out-of-fold scores (statistics: AUC)."""

from __future__ import annotations

from math import hypot

import numpy as np

from ultimetric.classifiers.weights import Weights
from ultimetric.metrics.auc import delong


def mean_score(weights: Weights) -> np.ndarray:
    """Raw logit averaged over repeats, truth first."""
    return weights.joined("score").mean(1)


def auc_with_error(weights: Weights) -> tuple[float, float]:
    """The table's `auc`: mean over repeats; error from test showers (DeLong) and over repeats."""
    repeats = [delong(weights.label, score) for score in weights.joined("score").T]
    values, errors = np.transpose(repeats)
    error_train = values.std(ddof=1) if len(values) > 1 else 0.0
    return float(values.mean()), hypot(errors.mean(), error_train)
