"""Learned weights against exact ones, where these are known."""

from __future__ import annotations

import numpy as np

from ultimetric.classifiers.weights import Weights
from ultimetric.metrics.auc import auc_components
from ultimetric.metrics.bootstrap import REPLICAS, bootstrap_weights
from ultimetric.metrics.numbers import Number


def recovered(weights: Weights, log_w: np.ndarray, rng: np.random.Generator) -> dict[str, Number]:
    """How much of the exact weights a classifier found.

    `exact_auc` is the AUC of the exact weights on these events, `auc_ratio` the learned AUC over
    it, `auc_excess_ratio` the same of both AUCs minus 0.5; their error_test is that of the
    difference of both AUCs on the same events. `weight_slope` is `slope_of_weights`.

    Arguments:
        weights: learned.
        log_w: exact, truth first (N,).
        rng: of the bootstrap.
    """
    label = weights.label
    score = weights.joined("score").astype(np.float64)
    best, found = auc_components(label, log_w), auc_components(label, score)
    exact, learned, train = best.value, found.value, found.error_train
    paired = found.minus(best, (True, True)).error_test
    numbers = {
        "exact_auc": Number(exact, best.error_test),
        "auc_ratio": Number(learned / exact, paired / exact, train / exact),
        "auc_excess_ratio": Number(
            (learned - 0.5) / (exact - 0.5), paired / (exact - 0.5), train / (exact - 0.5)
        ),
    }
    w = np.exp(log_w[label == 0])
    if np.ptp(w) > 0:  # else the sample is truth with something left out: no slope to find
        slope, error = slope_of_weights(weights.sample.w, w, rng)
        numbers["weight_slope"] = Number(
            slope, error, n_test=len(w), note=f"of E[exact w | learned w] over {len(w)} events"
        )
    return numbers


def slope_of_weights(
    learned: np.ndarray, exact: np.ndarray, rng: np.random.Generator
) -> tuple[float, float]:
    """Slope of E[exact w | learned w] against learned w, 1 if weights mean what they say.

    The line is fitted to the events themselves, which have the same conditional mean as any
    bins of the learned weight.

    Arguments:
        learned, exact: weights of the same sample events (N,).
        rng: of the bootstrap.

    Returns:
        slope, and its standard deviation over Poisson bootstrap replicas of the events.
    """
    sums = np.stack([learned, exact, learned**2, learned * exact], axis=1)
    means = bootstrap_weights(len(learned), REPLICAS, rng) @ sums
    x, y, xx, xy = means.T
    slopes = (xy - x * y) / (xx - x**2)
    return float(slopes[0]), float(slopes[1:].std(ddof=1))


def agreement(weights: Weights, log_w: np.ndarray) -> dict[str, Number]:
    """Root mean square of learned minus exact log w, and their correlation, over all events."""
    learned = weights.joined("logit")
    squares = (learned - log_w) ** 2
    rms = np.sqrt(squares.mean())
    correlation = np.corrcoef(learned, log_w)[0, 1]
    root = np.sqrt(len(log_w))
    return {
        "rms_log_w": Number(rms, squares.std(ddof=1) / (2 * rms * root)),
        "correlation_log_w": Number(correlation, (1 - correlation**2) / root),
    }
