"""Compare learned weights with exact ones, for samples whose exact weights are known."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Number, number_rows
from ultimetric.analyses.of_weights import jsd_of
from ultimetric.classifiers.folds import TESTED_PER_TRAINED
from ultimetric.classifiers.weighing import calibrate
from ultimetric.classifiers.weights import Weights
from ultimetric.statistics.auc import auc_components, jsd_components

REPLICAS = 40
FEWEST_IN_TAIL = 5
# Entry by entry, log w is compared in few dimensions and with many entries of each class only.
FEWEST_ENTRIES, MOST_DIMENSIONS = 100_000, 10


class ExactWeights(Analysis):
    """Numbers of every (method, inputs) of a sample with exact weights.

    These are the numbers of `recovered`; `exact_auc_limit`, the AUC for infinitely many entries,
    of inputs that all entries have;
    those of `agreement` in at most 10 dimensions with at least 100,000 entries of each class; and,
    for a sample that lacks a part of the truth, `beyond_in_tail`.
    """

    needs: ClassVar = ("sample", "weights", "exact")
    cross_fitted: ClassVar = True
    section: ClassVar = "Exact weights"
    tables: ClassVar = (
        {
            "title": "Exact weights",
            "text": "Samples whose weights are known exactly. The AUC is that of the classifier, "
            "the exact AUC that of the exact weights of the same entries; the share is (AUC − "
            "0.5) / (exact AUC − 0.5). The slope is that of the mean exact w of sample entries "
            "against their learned w: 1 if weights are right on average. The difference and the "
            "correlation of log w are shown in few dimensions and with many entries only; of a "
            "sample that lacks a part of the truth, how many of the truth's entries of largest w "
            "lie in that part: all of them, if the classifier ranked them without a mistake.",
            "columns": {
                "AUC": "auc",
                "exact AUC": "exact_auc",
                "exact AUC, infinite statistics": "exact_auc_limit",
                "share of the exact excess over 0.5": "auc_excess_ratio",
                "slope": "weight_slope",
                "rms Δ log w": "rms_log_w",
                "correlation": "correlation_log_w",
                "truth that the sample lacks, in the tail of w": {
                    "metric": "beyond_in_tail",
                    "notes": True,
                },
            },
            "needed": ["exact_auc"],
            "shaded": ["auc"],
        },
    )

    def run(self, given: Given) -> Result:
        exact = given.sample.exact
        assert exact is not None  # as `needs` says
        found = []
        for method, inputs in given.sample.cross_fitted:
            weights = given.sample.weights(method, inputs)
            known = exact.of(weights.truth.index, weights.sample.index)
            numbers = recovered(weights, known.joined, given.rng("metric"))
            if len(known.joined) == len(exact.joined):
                numbers["exact_auc_limit"] = Number(exact.ideal_auc)
            many = min(len(known.truth), len(known.sample)) >= FEWEST_ENTRIES
            if many and given.dataset.kind.n_values <= MOST_DIMENSIONS:
                numbers |= agreement(weights, known.joined)
            if np.isinf(known.truth).any():
                numbers["beyond_in_tail"] = beyond_in_tail(weights, known.truth)
            found += number_rows(given.where(method, inputs), weights, numbers)
        return Result(found)


def recovered(weights: Weights, log_w: np.ndarray, rng: np.random.Generator) -> dict[str, Number]:
    """Compare the AUC, the JSD and the weights of a classifier with the exact ones.

    `exact_auc` is the AUC of the exact weights on these entries, `auc_ratio` the learned AUC over
    it, `auc_excess_ratio` the same of both AUCs minus 0.5; their errors are those of the
    difference of both AUCs on the same events. `exact_jsd` is the JSD of the exact weights,
    `jsd_ratio` that of the learned weights over it. `weight_slope` is `slope` with `slope_error`.

    Arguments:
        weights: The learned weights.
        log_w: The exact log w, truth first (N,).
        rng: The source of random numbers of the bootstrap.
    """
    label = weights.label
    score = weights.joined("score").astype(np.float64)
    best, found = (auc_components(label, x, group=weights.group) for x in (log_w, score))
    exact, learned, lost = best.value, found.value, found.minus(best, (True, True))
    paired, train = lost.error_test, lost.error_train(TESTED_PER_TRAINED)
    numbers = {
        "exact_auc": Number(exact, best.error_test),
        "auc_ratio": Number(learned / exact, paired / exact, train / exact),
    }
    if excess := exact - 0.5:
        numbers["auc_excess_ratio"] = Number(
            (learned - 0.5) / excess, paired / excess, train / excess
        )
    found, best = jsd_of(weights)[0], jsd_components(label, log_w, weights.group)
    numbers["exact_jsd"] = Number(best.value, best.error_test)
    if best.value > 0:
        numbers["jsd_ratio"] = Number(
            found.value / best.value, found.minus(best, (True, True)).error_test / best.value
        )
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
    """The slope of E[exact w | learned w] against learned w, 1 if weights are right on average.

    The line is fitted to single entries, whose conditional mean is that of bins of the learned
    weight.

    Arguments:
        learned, exact: Weights of the same sample entries (N,).
    """
    deviation = learned - learned.mean()
    square = deviation @ deviation
    return float(deviation @ exact / square) if square > 0 else np.nan


def slope_error(weights: Weights, log_w: np.ndarray, rng: np.random.Generator) -> float:
    """The error of the slope: half the central 68 % over bootstrap replicas of the events.

    Related events, such as copies, are drawn together. Each replica is calibrated anew, as the
    calibration with few entries is most of the error. The networks are not trained anew.

    Arguments:
        weights: The learned weights.
        log_w: The exact log w, truth first (N,).
        rng: The source of random numbers of the bootstrap.
    """
    label, fold = weights.label, weights.joined("fold")
    score = weights.joined("score").astype(np.float64)
    group = np.arange(len(label)) if weights.group is None else weights.group
    sides = [np.flatnonzero(label == value) for value in (1, 0)]
    numbers = [np.unique(group[side], return_inverse=True)[1] for side in sides]
    slopes = []
    for _ in range(REPLICAS):
        rows = np.concatenate([_replica(*both, rng) for both in zip(sides, numbers, strict=True)])
        logit = calibrate(score[rows], label[rows], fold[rows])[0]
        sample = label[rows] == 0
        slopes.append(slope(np.exp(logit[sample]), np.exp(log_w[rows][sample])))
    low, high = np.nanquantile(slopes, (0.16, 0.84))
    return float(high - low) / 2


def _replica(rows: np.ndarray, number: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rows of which as many groups as there are were drawn; `number` is the group of each (n,)."""
    n = number.max() + 1
    return np.repeat(rows, np.bincount(rng.choice(n, n), minlength=n)[number])


def agreement(weights: Weights, log_w: np.ndarray) -> dict[str, Number]:
    """The root mean square of learned minus exact log w, and their correlation."""
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


def beyond_in_tail(weights: Weights, log_w: np.ndarray) -> Number:
    """The number of truth entries of largest w that lie where the sample has no entries.

    Arguments:
        weights: The learned weights.
        log_w: The exact log w of the truth (N,); infinite where the sample has no entries.
    """
    rows, beyond = tail_of(weights, log_w)
    chance = len(rows) * beyond.mean()
    note = f"of the {len(rows)} truth entries of largest w; {chance:.2g} by chance"
    return Number(beyond[rows].sum(), note=note)


def tail_of(weights: Weights, log_w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The truth entries of largest learned w, as many as lie where the sample has no entries.

    Arguments: As of `beyond_in_tail`.

    Returns:
        Their rows (n,), largest w last, and whether each truth entry lies there (N,).
    """
    beyond = np.isposinf(log_w)
    return np.argsort(weights.truth.w)[-max(FEWEST_IN_TAIL, int(beyond.sum())) :], beyond
