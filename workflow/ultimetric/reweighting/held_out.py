"""Weights of entries that trained no network and no calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultimetric.classifiers.calibration import calibration_error, platt
from ultimetric.classifiers.checks import LEVEL, weights_pvalue
from ultimetric.classifiers.folds import assign_fold_parts
from ultimetric.classifiers.scores import Scores


@dataclass(frozen=True)
class HeldOut:
    """Weights w = p_truth / p_sample of the half that was not used to learn them, not normalised.

    Arguments:
        truth, sample: The weights of the entries of either class, in their order.
        ece, ece_limit: The calibration error on this half, and its 95 % quantile for an exact
            calibration.
        pvalue: The p-value of the check of the weights on this half.
    """

    truth: np.ndarray
    sample: np.ndarray
    ece: float
    ece_limit: float
    pvalue: float

    @property
    def calibrated(self) -> bool:
        """Whether calibration error and means of weights agree with the likelihood ratio."""
        return self.pvalue >= LEVEL


def learning_half(label: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """Whether entries (N,) are in the half on which weights are learned.

    It is balanced in the label; groups of duplicates stay in one half.
    """
    return assign_fold_parts(label, groups, seed) % 2 == 0


def held_out_weights(scores: Scores, learning: np.ndarray, seed: int) -> HeldOut:
    """The weights of the other half, with the calibration of the learning half.

    Arguments:
        scores: The scores of networks that were trained on one half only, out of fold there.
        learning: Whether entries (N,) are in that half.
        seed: The random seed of the null distribution of the calibration error.
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
