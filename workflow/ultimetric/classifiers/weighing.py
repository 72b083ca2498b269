"""From raw scores to calibrated weights."""

from __future__ import annotations

import numpy as np

from ultimetric.classifiers.calibration import calibration_error, cross_calibrate, platt
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.weights import Side, Weights


def weigh(scores: Scores, seed: int) -> Weights:
    """Average logits over repeats, calibrate them, and take w = exp(logit), not normalised.

    Arguments:
        scores: all repeats of one test.
        seed: of the null of the calibration error.
    """
    label, raw = scores.label, scores.fit.score.astype(np.float64)
    logit, each = calibrate(raw, label, scores.fold)
    error, limit = calibration_error(logit, label, seed)
    several = raw.shape[1] > 1

    def spread(x: np.ndarray) -> np.ndarray:
        return x.std(1, ddof=1) if several else np.full(len(x), np.nan)

    def side(value: int) -> Side:
        rows = label == value
        return Side(
            index=np.arange(rows.sum()),
            fold=scores.fold[rows],
            score=scores.fit.score[rows],
            logit=logit[rows],
            logit_std=spread(each[rows]),
            w=np.exp(logit[rows]),
            w_std=spread(np.exp(each[rows])),
        )

    return Weights(
        truth=side(1),
        sample=side(0),
        history=scores.fit.history,
        n_train=scores.fit.n_train,
        ece=error,
        ece_limit=limit,
    )


def calibrate(
    score: np.ndarray, label: np.ndarray, fold: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Calibrate the mean of raw scores over repeats, and with the same maps each repeat.

    The map of a shower is fitted on the showers outside its fold in the first repeat.

    Arguments:
        score: raw logits (N, R), float64.
        label: 1 for truth, 0 for sample (N,).
        fold: test fold in each repeat (N, R).

    Returns:
        calibrated logits (N,) and (N, R).
    """
    logit, each = cross_calibrate(platt, score.mean(1), label, fold[:, 0], score)
    return logit, each
