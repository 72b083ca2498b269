"""Learned weights against exact ones, where these are known."""

from __future__ import annotations

import numpy as np

from ultimetric.classifiers.weighing import calibrate
from ultimetric.classifiers.weights import Weights
from ultimetric.metrics.auc import auc_components
from ultimetric.metrics.numbers import Number

REPLICAS = 40


def recovered(weights: Weights, log_w: np.ndarray, rng: np.random.Generator) -> dict[str, Number]:
    """How much of the exact weights a classifier found.

    `exact_auc` is the AUC of the exact weights on these events, `auc_ratio` the learned AUC over
    it, `auc_excess_ratio` the same of both AUCs minus 0.5; their errors are those of the
    difference of both AUCs on the same events. `weight_slope` is `slope` with `slope_error`.

    Arguments:
        weights: learned.
        log_w: exact, truth first (N,).
        rng: of the bootstrap.
    """
    label = weights.label
    score = weights.joined("score").astype(np.float64)
    best, found = auc_components(label, log_w), auc_components(label, score)
    exact, learned, lost = best.value, found.value, found.minus(best, (True, True))
    paired, train = lost.error_test, lost.error_train
    numbers = {
        "exact_auc": Number(exact, best.error_test),
        "auc_ratio": Number(learned / exact, paired / exact, train / exact),
        "auc_excess_ratio": Number(
            (learned - 0.5) / (exact - 0.5), paired / (exact - 0.5), train / (exact - 0.5)
        ),
    }
    w, learned_w = np.exp(log_w[label == 0]), weights.sample.w
    # Else the sample is truth with something left out, or the classifier is blind: no slope.
    if min(np.ptp(w), np.ptp(learned_w)) > 0:
        numbers["weight_slope"] = Number(
            slope(learned_w, w),
            slope_error(weights, log_w, rng),
            n_test=len(w),
            note=f"of E[exact w | learned w] over {len(w)} events",
        )
    return numbers


def slope(learned: np.ndarray, exact: np.ndarray) -> float:
    """Slope of E[exact w | learned w] against learned w, 1 if weights mean what they say.

    The line is fitted to the events themselves, which have the same conditional mean as any
    bins of the learned weight.

    Arguments:
        learned, exact: weights of the same sample events (N,).
    """
    deviation = learned - learned.mean()
    square = deviation @ deviation
    return float(deviation @ exact / square) if square > 0 else np.nan


def slope_error(weights: Weights, log_w: np.ndarray, rng: np.random.Generator) -> float:
    """Half the central 68 % of the slope over bootstrap replicas of the events.

    Each replica is calibrated anew: that the calibration is fitted to few events is most of the
    error. The networks stay as they are.

    Arguments:
        weights: learned.
        log_w: exact, truth first (N,).
        rng: draws the replicas.
    """
    label, fold = weights.label, weights.joined("fold")
    score = weights.joined("score").astype(np.float64)
    sides = [np.flatnonzero(label == value) for value in (1, 0)]
    slopes = []
    for _ in range(REPLICAS):
        rows = np.concatenate([rng.choice(side, len(side)) for side in sides])
        logit = calibrate(score[rows], label[rows], fold[rows])[0]
        sample = label[rows] == 0
        slopes.append(slope(np.exp(logit[sample]), np.exp(log_w[rows][sample])))
    low, high = np.nanquantile(slopes, (0.16, 0.84))
    return float(high - low) / 2


def agreement(weights: Weights, log_w: np.ndarray) -> dict[str, Number]:
    """Root mean square of learned minus exact log w, and their correlation, over all events."""
    finite = np.isfinite(log_w)
    learned, log_w = weights.joined("logit")[finite], log_w[finite]
    squares = (learned - log_w) ** 2
    rms = np.sqrt(squares.mean())
    correlation = np.corrcoef(learned, log_w)[0, 1]
    root = np.sqrt(len(log_w))
    return {
        "rms_log_w": Number(rms, squares.std(ddof=1) / (2 * rms * root)),
        "correlation_log_w": Number(correlation, (1 - correlation**2) / root),
    }
