"""The AUC and the JSD of weights, with what each entry adds to them."""

from __future__ import annotations

import numpy as np

from ultimetric.classifiers.weighing import calibrate
from ultimetric.classifiers.weights import Weights
from ultimetric.statistics.auc import auc_components, jsd_components
from ultimetric.statistics.components import Components


def auc_of(weights: Weights) -> Components:
    """The AUC of each repeat, the metric `auc`: entries are compared within the folds."""
    score = weights.joined("score").astype(np.float64)
    return auc_components(weights.label, score, weights.joined("fold"), weights.group)


def jsd_of(weights: Weights) -> tuple[Components, Components]:
    """The JSD of the calibrated weights, and that of each repeat with the same calibration."""
    label, group = weights.label, weights.group
    score = weights.joined("score").astype(np.float64)
    each = calibrate(score, label, weights.joined("fold"))[1]
    logit = weights.joined("logit")
    return jsd_components(label, logit, group), jsd_components(label, each, group)
