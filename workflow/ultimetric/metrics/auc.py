"""Area under the ROC curve, Jensen-Shannon divergence and their errors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import norm, rankdata

from ultimetric.metrics.components import Components

LN2 = np.log(2)
# Most by which cross-fitting widens the fluctuations of an AUC near 0.5, see `permutation_pvalue`.
CROSS_FITTED = np.sqrt(2)


def auc(label: np.ndarray, score: np.ndarray) -> float:
    """P(score of truth > score of sample), ties counted half.

    Arguments:
        label: 1 for truth, 0 for sample (N,).
        score: larger for truth (N,).
    """
    return auc_components(label, score).value


def delong(label: np.ndarray, score: np.ndarray) -> tuple[float, float]:
    """AUC (mean over repeats, if there are several) and its error from the test showers."""
    found = auc_components(label, score)
    return found.value, found.error_test


def jsd(label: np.ndarray, logit: np.ndarray) -> tuple[float, float]:
    """JSD (mean over repeats, if there are several) and its error from the test showers."""
    found = jsd_components(label, logit)
    return found.value, found.error_test


def over_repeats(
    function: Callable[[np.ndarray, np.ndarray], tuple[float, float]],
    label: np.ndarray,
    score: np.ndarray,
) -> tuple[float, float, float]:
    """Mean of a number over repeats of the training, and its two errors (see `Components`).

    Arguments:
        function: `delong` or `jsd`.
        label: 1 for truth, 0 for sample (N,).
        score: of each repeat (N, R).

    Returns:
        mean value, error_test, and error_train, which is nan for a single repeat.
    """
    found = {delong: auc_components, jsd: jsd_components}[function](label, score)
    return found.value, found.error_test, found.error_train


def auc_components(label: np.ndarray, score: np.ndarray) -> Components:
    """AUC of each repeat and the placement values of truth and of sample showers.

    Arguments:
        label: 1 for truth, 0 for sample (N,).
        score: of one training (N,), or of R repeats (N, R); larger for truth.
    """
    score = score.reshape(len(label), -1)
    truth, sample = score[label == 1], score[label == 0]
    ranks = rankdata(np.concatenate([truth, sample]), axis=0)
    n_truth, n_sample = len(truth), len(sample)
    positive = (ranks[:n_truth] - rankdata(truth, axis=0)) / n_sample
    negative = 1 - (ranks[n_truth:] - rankdata(sample, axis=0)) / n_truth
    return Components(positive.mean(0), (positive, negative))


def jsd_components(label: np.ndarray, logit: np.ndarray) -> Components:
    """Jensen-Shannon divergence (ln 2 - BCE) / ln 2 in bits of each repeat.

    Below 0 where the classifier is worse than a coin, as happens by chance. The binary
    cross-entropy weighs truth and sample equally, whatever their numbers.

    Arguments:
        label: 1 for truth, 0 for sample (N,).
        logit: of one training (N,), or of R repeats (N, R).
    """
    logit = logit.reshape(len(label), -1)
    truth, sample = np.logaddexp(0, -logit[label == 1]), np.logaddexp(0, logit[label == 0])
    sides = -truth / (2 * LN2), -sample / (2 * LN2)
    return Components(1 + sides[0].mean(0) + sides[1].mean(0), sides)


def permutation_pvalue(label: np.ndarray, score: np.ndarray, width: float = 1.0) -> float:
    """Chance of such an AUC or a larger one if truth and sample were alike.

    With `width` 1 labels are permuted and scores stay (Mann-Whitney's test, asymptotic). That is
    too sharp for out-of-fold scores, as each shower has also taught the networks that score the
    others. Scores linear in the labels y = +-1 of the showers that taught, s_i = sum_j c_ij y_j,
    have sum_i y_i s_i with variance sum c_ij^2 if they stay, but sum (c_ij^2 + c_ij c_ji) if they
    are learned anew from the permuted labels: at most twice as much, and just that for symmetric
    c, such as a linear discriminant has. So does a width of CROSS_FITTED keep the test honest.

    Arguments:
        label: 1 for truth, 0 for sample (N,).
        score: larger for truth (N,).
        width: standard deviation of the rank sum under the null, in units of Mann-Whitney's.
    """
    ranks, n_showers, n_truth = rankdata(score), len(label), label.sum()
    variance = n_truth * (n_showers - n_truth) / n_showers * ranks.var(ddof=1)
    if variance == 0:
        return 1.0
    excess = ranks[label == 1].sum() - n_truth * (n_showers + 1) / 2
    return float(norm.sf(excess / (width * np.sqrt(variance))))
