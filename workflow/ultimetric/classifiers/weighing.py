"""Make calibrated weights of raw scores."""

from __future__ import annotations

import numpy as np

from ultimetric.classifiers.calibration import calibration_error, cross_calibrate, platt
from ultimetric.classifiers.checks import weights_pvalue
from ultimetric.classifiers.runs import Runs, runs_of, tested
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.weights import Side, Weights


def weigh(scores: Scores, seed: int, protocol: str | None = None) -> Weights:
    """Average logits over repeats, calibrate them, and take w = exp(logit), not normalised.

    With a published protocol, the weights are those of its first run, as calibrated there.

    Spreads are those of one network drawn at random: the variance over repeats plus, if networks
    have a posterior, the mean of its variance. The spread of a logit in the posterior is
    calibrated as a difference of logits; that of w is w times this spread.

    Arguments:
        scores: The scores of all repeats of one test.
        seed: The random seed of the calibration error's null distribution and of the check of the
            weights.
        protocol: The name of the published protocol that the scores follow, if any.
    """
    label, raw = scores.label, scores.fit.score.astype(np.float64)
    index = scores.index
    if index is None:
        index = np.where(label == 1, np.cumsum(label == 1), np.cumsum(label != 1)) - 1
    if protocol is not None:
        rows, logit = tested(scores, protocol, run=0)
        none = np.full(len(rows), np.nan)
        runs = runs_of(scores, protocol)
        return _weights(scores.of_run(0, rows), index[rows], logit, (none, none), seed, runs)
    posterior_std = scores.fit.posterior_std
    others = [] if posterior_std is None else [raw + posterior_std]
    logit, each, *above = calibrate(raw, label, scores.fold, *others)
    within = above[0] - each if above else None
    w = np.exp(each)
    spreads = _spread(each, within), _spread(w, None if within is None else w * within)
    return _weights(scores, index, logit, spreads, seed)


def _weights(
    scores: Scores,
    index: np.ndarray,
    logit: np.ndarray,
    spreads: tuple[np.ndarray, np.ndarray],
    seed: int,
    runs: Runs | None = None,
) -> Weights:
    """The weights of n showers.

    Arguments:
        scores: Their scores.
        index: The row of each in the file of its class (n,).
        logit: The calibrated log w (n,).
        spreads: The spreads of their logits and of their weights (n,).
        seed: The random seed of the checks.
        runs: The numbers of all runs of a published protocol.
    """
    label = scores.label
    error, limit = calibration_error(logit, label, seed)

    def side(value: int) -> Side:
        rows = label == value
        return Side(
            index=index[rows],
            fold=scores.fold[rows],
            score=scores.fit.score[rows],
            logit=logit[rows],
            logit_std=spreads[0][rows],
            w=np.exp(logit[rows]),
            w_std=spreads[1][rows],
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
        runs=runs,
    )


def logits_of_repeats(weights: Weights) -> np.ndarray:
    """The calibrated logits (N, R) of each repeat, truth first.

    Weights of a published protocol are those of one run.
    """
    if weights.runs is not None:
        return weights.joined("logit")[:, None]
    score = weights.joined("score").astype(np.float64)
    return calibrate(score, weights.label, weights.joined("fold"))[1]


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
