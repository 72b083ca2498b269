"""Numbers of a classifier test, computed from its out-of-fold scores."""

from __future__ import annotations

import numpy as np

from ultimetric.analyses.numbers import number_of
from ultimetric.analyses.of_weights import auc_of
from ultimetric.classifiers.weights import Weights


def mean_score(weights: Weights) -> np.ndarray:
    """Raw logit averaged over repeats, truth first."""
    return weights.joined("score").mean(1)


def auc_with_error(weights: Weights) -> tuple[float, float]:
    """The metric `auc`, a mean over repeats, with its error from test entries and training."""
    number = number_of(auc_of(weights))
    return number.value, number.error
