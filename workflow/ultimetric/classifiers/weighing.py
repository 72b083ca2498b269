"""Make calibrated weights of raw scores."""

from __future__ import annotations

import numpy as np

from ultimetric.classifiers.calibration import calibration_error, cross_calibrate, platt
from ultimetric.classifiers.checks import weights_pvalue
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.weights import Side, Weights


def weigh(scores: Scores, seed: int) -> Weights:
    """Average logits over repeats, calibrate them, and take w = exp(logit), not normalised.

    Spreads are those of one network drawn at random: the variance over repeats plus, if networks
    have a posterior, the mean of its variance. The spread of a logit in the posterior is
    calibrated as a difference of logits; that of w is w times this spread.

    Arguments:
        scores: The scores of all repeats of one test.
        seed: The random seed of the calibration error's null distribution and of the check of the
            weights.
    """
    label, raw = scores.label, scores.fit.score.astype(np.float64)
    posterior_std = scores.fit.posterior_std
    others = [] if posterior_std is None else [raw + posterior_std]
    logit, each, *above = calibrate(raw, label, scores.fold, *others)
    error, limit = calibration_error(logit, label, seed)
    within = above[0] - each if above else None
    w = np.exp(each)
    logit_std = _spread(each, within)
    w_std = _spread(w, None if within is None else w * within)

    def side(value: int) -> Side:
        rows = label == value
        return Side(
            index=np.arange(rows.sum()),
            fold=scores.fold[rows],
            score=scores.fit.score[rows],
            logit=logit[rows],
            logit_std=logit_std[rows],
            w=np.exp(logit[rows]),
            w_std=w_std[rows],
            group=None if scores.group is None else scores.group[rows],
        )

    return Weights(
        truth=side(1),
        sample=side(0),
        history=scores.fit.history,
        n_train=scores.fit.n_train,
        ece=error,
        ece_limit=limit,
        pvalue=weights_pvalue(logit, label, seed),
    )


def calibrate(
    score: np.ndarray, label: np.ndarray, fold: np.ndarray, *others: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Calibrate the mean of raw scores over repeats, and each repeat with the same maps.

    The map of a shower is fitted on the showers outside its fold in the first repeat.

    Arguments:
        score: The raw logits (N, R), float64.
        label: 1 for truth, 0 for sample (N,).
        fold: The test fold in each repeat (N, R).
        others: More logits (N, R) that are calibrated with the same maps.

    Returns:
        The calibrated logits (N,) of the mean, (N, R) of the repeats, and those of `others`.
    """
    return tuple(cross_calibrate(platt, score.mean(1), label, fold[:, 0], score, *others))


def _spread(x: np.ndarray, within: np.ndarray | None) -> np.ndarray:
    """Spread (N,) of values (N, R) over repeats, and `within` each of them; nan without any."""
    several = x.shape[1] > 1
    if within is None:
        return x.std(1, ddof=1) if several else np.full(len(x), np.nan)
    between = x.var(1, ddof=1) if several else 0.0
    return np.sqrt(between + (within**2).mean(1))
