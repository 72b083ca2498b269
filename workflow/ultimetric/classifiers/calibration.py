"""Calibrate raw scores to probabilities."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

BINS = 15
NULL_DRAWS = 200
Calibration = Callable[[np.ndarray], np.ndarray]


def platt(score: np.ndarray, label: np.ndarray) -> Calibration:
    """Fit logit C = a score + b, a >= 0, with truth and sample weighted equally.

    The targets are Platt's (n + 1) / (n + 2) and 1 / (n + 2), so that the fit converges even if
    the classes are fully separated. Scores are standardised, so that it converges however small
    they are.

    Returns:
        The map from scores to logits; it is 0 if scores do not rise from sample to truth.
    """
    centre, spread = score.mean(), score.std()
    if not spread > 0:
        return np.zeros_like
    n_truth, n_sample = (label == 1).sum(), (label != 1).sum()
    target = np.where(label == 1, (n_truth + 1) / (n_truth + 2), 1 / (n_sample + 2))
    weight = _balance(label)
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)
    model.fit(
        np.tile((score - centre) / spread, 2)[:, None],
        np.repeat([1, 0], len(score)),
        np.concatenate([weight * target, weight * (1 - target)]),
    )
    slope, offset = float(model.coef_[0, 0]) / spread, float(model.intercept_[0])
    return np.zeros_like if slope <= 0 else lambda x: slope * (x - centre) + offset


def isotonic(score: np.ndarray, label: np.ndarray, smallest: float | None = None) -> Calibration:
    """Fit a monotone step function, with truth and sample weighted equally.

    Arguments:
        score: The scores (n,).
        label: 1 for truth, 0 for sample (n,).
        smallest: The smallest probability, and that of the other class; by default 1 / (n + 2).

    Returns:
        The map from scores to logits.
    """
    smallest = 1 / (len(score) + 2) if smallest is None else smallest
    model = IsotonicRegression(y_min=smallest, y_max=1 - smallest, out_of_bounds="clip")
    model.fit(score, label, sample_weight=_balance(label))
    return lambda x: logit(model.predict(x))


def cross_calibrate(
    fit: Callable[[np.ndarray, np.ndarray], Calibration],
    score: np.ndarray,
    label: np.ndarray,
    fold: np.ndarray,
    *others: np.ndarray,
) -> list[np.ndarray]:
    """Calibrate each shower with a map fitted on the showers of the other folds.

    All scores are out of fold: no network was trained on a shower that it scored.

    Arguments:
        fit: `platt` or `isotonic`.
        score: The scores (N,) that the map is fitted on.
        label: 1 for truth, 0 for sample (N,).
        fold: The test fold of each shower (N,).
        others: More scores (N,) or (N, R) that are calibrated with the same maps.

    Returns:
        The logits of `score` and of each of `others`.
    """
    arrays = [score, *others]
    results = [np.empty_like(x, dtype=np.float64) for x in arrays]
    for k in np.unique(fold):
        inside = fold == k
        calibration = fit(score[~inside], label[~inside])
        for x, result in zip(arrays, results, strict=True):
            result[inside] = calibration(x[inside])
    return results


def calibration_error(logits: np.ndarray, label: np.ndarray, seed: int) -> tuple[float, float]:
    """Expected calibration error in bins of equal content, and the 95 % quantile of its null.

    Under the null hypothesis labels are drawn from C itself, so that the calibration is perfect.
    Equal logits, such as those of a classifier that learned nothing, are in one bin.
    """
    bins = equal_bins(logits, BINS)
    rng = np.random.default_rng(seed)
    # The odds are those of balanced classes; the numbers of truth and sample change them.
    prior = np.log(label.mean() / (1 - label.mean()))
    chance = expit(logits + prior)

    def error(labels: np.ndarray) -> np.ndarray:
        gaps = [
            np.abs(labels[..., rows].mean(-1) - chance[rows].mean()) * len(rows) for rows in bins
        ]
        return sum(gaps) / len(label)

    null = [error(rng.random(len(chance)) < chance) for _ in range(NULL_DRAWS)]
    return float(error(label)), float(np.quantile(null, 0.95))


def equal_bins(values: np.ndarray, n_bins: int) -> list[np.ndarray]:
    """Rows in bins of equal content, in ascending order; equal values (N,) are in one bin."""
    firsts = [part[0] for part in np.array_split(np.sort(values), n_bins)[1:] if len(part)]
    number = np.searchsorted(firsts, values, side="right")
    return [np.flatnonzero(number == k) for k in np.unique(number)]


def _balance(label: np.ndarray) -> np.ndarray:
    n_truth = label.sum()
    return np.where(
        label == 1, len(label) / (2 * n_truth), len(label) / (2 * (len(label) - n_truth))
    )
