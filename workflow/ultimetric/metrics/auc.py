"""Area under the ROC curve, Jensen-Shannon divergence and their errors."""

from __future__ import annotations

import numpy as np
from scipy.stats import mannwhitneyu, rankdata

from ultimetric.metrics.components import Components

LN2 = np.log(2)


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


def permutation_pvalue(label: np.ndarray, score: np.ndarray) -> float:
    """Chance of such an AUC or a larger one if labels were exchangeable (Mann-Whitney test).

    Labels are permuted and scores stay. Out of fold each shower has also taught the networks that
    score the others: scores linear in the labels y = +-1 of those that taught, s_i = sum_j c_ij
    y_j, have sum_i y_i s_i with variance sum c_ij^2 if they stay, but sum (c_ij^2 + c_ij c_ji) if
    they are learned anew. That is twice as much for symmetric c, such as a linear discriminant
    has, whose p-values are then too small; see docs/method.md.
    """
    truth, sample = score[label == 1], score[label == 0]
    return float(mannwhitneyu(truth, sample, alternative="greater", method="asymptotic").pvalue)
