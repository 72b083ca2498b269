"""Check whether the weights of a test can be read as likelihood ratios.

If w = p_truth/p_sample, then the weight of a shower gives the probability that it is truth. Labels
that are drawn with these probabilities show by how much three numbers vary: the expected
calibration error, the mean of w over the sample and the mean of 1/w over the truth.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

# The note of numbers whose weights fail the check.
UNTRUSTED = "weights not to be trusted"
# For one test; it is 5 % for a study of fifty tests. It does not depend on the other samples.
LEVEL = 0.001
# Weights that all lie within 1 +- FLAT say that nothing differs, which needs no calibration.
FLAT = 0.02
# Below this effective share of the showers, too few dominate for any mean of w to be reliable.
LEAST_EFFECTIVE = 0.01
BINS = 15
# Numbers of redrawn labels: the larger one only if the smaller one does not clearly pass.
DRAWS = (199, 1999)
SETTLED = 0.05
LARGEST_LOG = 300.0
AT_ONCE = 2**22  # labels


def weights_pvalue(logit: np.ndarray, label: np.ndarray, seed: int) -> float:
    """The p-value of the three numbers together; 1 if all weights are near 1.

    It is the share of all sets of labels, the true ones included, whose most extreme number is at
    least as extreme as that of the true labels, in standard deviations over all sets.

    Arguments:
        logit: The calibrated log w (N,), which may be infinite.
        label: 1 for truth, 0 for sample (N,).
        seed: The random seed of the redrawn labels.
    """
    if (np.abs(np.expm1(logit)) <= FLAT).all() or len(np.unique(label)) < 2:
        return 1.0
    # The weights are the odds of balanced classes; the numbers of truth and sample change them.
    chance = expit(logit + np.log(label.mean() / (1 - label.mean())))
    sums, rng = _Sums(logit, chance), np.random.default_rng(seed)
    found = sums.numbers(label[None] == 1)
    pvalue = 1.0
    for draws in DRAWS:
        while len(found) <= draws:
            n = min(draws + 1 - len(found), max(1, AT_ONCE // len(label)))
            redrawn = rng.random((n, len(label))) < chance
            found = np.concatenate([found, sums.numbers(redrawn)])
        spread = found.std(0)
        extreme = (found - found.mean(0)) / np.where(spread > 0, spread, 1)
        extreme[:, 1:] = np.abs(extreme[:, 1:])  # no calibration error is too small
        pvalue = float((extreme.max(1) >= extreme[0].max()).mean())
        if pvalue > SETTLED:
            break
    return pvalue


def effective_share(w: np.ndarray) -> float:
    """Effective sample size (sum w)^2 / sum w^2 over the number of showers (Kish).

    If weights are infinite, only these count; if all weights are 0, the share is 0.

    >>> effective_share(np.array([1.0, 1.0, 0.0, 0.0])), effective_share(np.zeros(2))
    (0.5, 0.0)
    """
    largest = w.max(initial=0.0)
    if largest == 0:
        return 0.0
    shares = (w == largest).astype(float) if np.isinf(largest) else w / largest
    return float(shares.sum() ** 2 / (shares**2).sum() / len(w))


class _Sums:
    """The three numbers of many sets of labels, computed from sums over showers."""

    def __init__(self, logit: np.ndarray, chance: np.ndarray) -> None:
        edges = np.unique(np.quantile(chance, np.arange(1, BINS) / BINS))
        number = np.searchsorted(edges, chance, side="right")  # equal weights share a bin
        inside = number[:, None] == np.arange(len(edges) + 1)
        self.expected = chance @ inside
        log_w = np.clip(logit, -LARGEST_LOG, LARGEST_LOG)
        self.largest = log_w.max(), (-log_w).max()
        w, inverse = np.exp(log_w - self.largest[0]), np.exp(-log_w - self.largest[1])
        self.of_truth = np.column_stack([inside, inverse]).astype(np.float32)
        self.of_sample = w.astype(np.float32)

    def numbers(self, truth: np.ndarray) -> np.ndarray:
        """Calibration error, log of the mean w and of the mean 1/w (sets, 3) of (sets, N)."""
        is_truth = truth.astype(np.float32)
        sums = is_truth @ self.of_truth
        n_truth = truth.sum(1)
        of_truth = sums[:, -1] / np.maximum(n_truth, 1)
        of_sample = (1 - is_truth) @ self.of_sample / np.maximum(truth.shape[1] - n_truth, 1)
        means = [_log(of_sample) + self.largest[0], _log(of_truth) + self.largest[1]]
        return np.column_stack([np.abs(sums[:, :-1] - self.expected).sum(1), *means])


def _log(x: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(x, np.finfo(np.float32).tiny), dtype=np.float64)
