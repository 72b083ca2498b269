"""Weights of entries that no network, and no calibration, has learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultimetric.classifiers.calibration import calibration_error, platt
from ultimetric.classifiers.checks import LEVEL, weights_pvalue
from ultimetric.classifiers.folds import assign_fold_parts
from ultimetric.classifiers.scores import Scores


@dataclass(frozen=True)
class HeldOut:
    """Weights w = p_truth / p_sample of the half that did not make them, not normalised.

    Arguments:
        truth, sample: The weights of the entries of either class, in their order.
        ece, ece_limit: The calibration error on this half, and the 95 % quantile of its null.
        pvalue: The p-value of the check of the weights on this half.
    """

    truth: np.ndarray
    sample: np.ndarray
    ece: float
    ece_limit: float
    pvalue: float

    @property
    def calibrated(self) -> bool:
        """Whether calibration error and means of weights are what chance gives."""
        return self.pvalue >= LEVEL


def learning_half(label: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """The half of the entries that weights are learned from (N,), bool.

    Balanced in the label; groups of duplicates stay in one half.
    """
    return assign_fold_parts(label, groups, seed) % 2 == 0


def held_out_weights(scores: Scores, learning: np.ndarray, seed: int) -> HeldOut:
    """Weights of the other half, by the calibration that fits the learning half.

    Arguments:
        scores: The scores of networks that learned from one half only, out of fold there.
        learning: The half that they learned from (N,), bool.
        seed: The seed of the null of the calibration error.
    """
    score = scores.fit.score.mean(1, dtype=np.float64)
    calibration = platt(score[learning], scores.label[learning])
    logit, label = calibration(score[~learning]), scores.label[~learning]
    return HeldOut(
        np.exp(logit[label == 1]),
        np.exp(logit[label == 0]),
        *calibration_error(logit, label, seed),
        weights_pvalue(logit, label, seed),
    )
