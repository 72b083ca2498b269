"""Area under the ROC curve, Jensen-Shannon divergence and their errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import mannwhitneyu, rankdata

LN2 = np.log(2)


def auc(label: np.ndarray, score: np.ndarray) -> float:
    """P(score of truth > score of sample), ties counted half.

    Arguments:
        label: 1 for truth, 0 for sample (N,).
        score: larger for truth (N,).
    """
    return float(placements(label, score)[0].mean())


def placements(label: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """DeLong's placement values of truth and of sample showers (Biometrics 44 (1988) 837).

    Arguments:
        label: 1 for truth, 0 for sample (N,).
        score: of one training (N,), or of R repeats (N, R), over which placements are averaged.
    """
    score = score.reshape(len(label), -1)
    truth, sample = score[label == 1], score[label == 0]
    ranks = rankdata(np.concatenate([truth, sample]), axis=0)
    n_truth, n_sample = len(truth), len(sample)
    positive = (ranks[:n_truth] - rankdata(truth, axis=0)) / n_sample
    negative = 1 - (ranks[n_truth:] - rankdata(sample, axis=0)) / n_truth
    return positive.mean(1), negative.mean(1)


def delong(label: np.ndarray, score: np.ndarray) -> tuple[float, float]:
    """AUC (mean over repeats, if there are several) and its error from the test showers."""
    positive, negative = placements(label, score)
    variance = positive.var(ddof=1) / len(positive) + negative.var(ddof=1) / len(negative)
    return float(positive.mean()), float(np.sqrt(variance))


def paired_difference(
    labels: tuple[np.ndarray, np.ndarray],
    scores: tuple[np.ndarray, np.ndarray],
    truth: bool = False,
    sample: bool = False,
) -> tuple[float, float]:
    """Difference of two AUCs, first minus second, and its error.

    Arguments:
        labels, scores: of the two tests, truth first.
        truth, sample: whether the truth (sample) showers of both tests are the same, in the same
            order, so that their fluctuations cancel; else they are independent.
    """
    pairs = [placements(label, score) for label, score in zip(labels, scores, strict=True)]
    value = pairs[0][0].mean() - pairs[1][0].mean()
    return float(value), _paired_error(pairs, (truth, sample))


def paired_jsd_difference(
    labels: tuple[np.ndarray, np.ndarray],
    logits: tuple[np.ndarray, np.ndarray],
    truth: bool = False,
    sample: bool = False,
) -> tuple[float, float]:
    """Difference of two JSDs, first minus second, and its error; see `paired_difference`."""
    pairs = [_entropies(label, logit) for label, logit in zip(labels, logits, strict=True)]
    values = [1 - (a.mean() + b.mean()) / (2 * LN2) for a, b in pairs]
    return float(values[0] - values[1]), _paired_error(pairs, (truth, sample)) / (2 * LN2)


def _paired_error(pairs: list[tuple[np.ndarray, np.ndarray]], same: tuple[bool, bool]) -> float:
    """Error of a difference of sums of means over truth and over sample showers."""
    variance = 0.0
    for side, paired in enumerate(same):
        a, b = pairs[0][side], pairs[1][side]
        if paired:
            variance += (a - b).var(ddof=1) / len(a)
        else:
            variance += a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)
    return float(np.sqrt(variance))


def over_repeats(
    function: Callable[[np.ndarray, np.ndarray], tuple[float, float]],
    label: np.ndarray,
    score: np.ndarray,
) -> tuple[float, float, float]:
    """Mean of a number over repeats of the training, and its two errors.

    Arguments:
        function: `delong` or `jsd`.
        label: 1 for truth, 0 for sample (N,).
        score: of each repeat (N, R).

    Returns:
        mean value; error_test of this mean, in which what repeats do not share averages out;
        error_train, the spread over repeats divided by their square root, nan for a single one.
    """
    value, error = function(label, score)
    return value, error, error_train([function(label, column)[0] for column in score.T])


def error_train(each: Sequence[float] | np.ndarray) -> float:
    """Error of a mean over repeats from their spread, nan for a single one."""
    return float(np.std(each, ddof=1) / np.sqrt(len(each))) if len(each) > 1 else np.nan


def permutation_pvalue(label: np.ndarray, score: np.ndarray) -> float:
    """Chance of such an AUC or a larger one if labels were exchangeable (Mann-Whitney test)."""
    truth, sample = score[label == 1], score[label == 0]
    return float(mannwhitneyu(truth, sample, alternative="greater", method="asymptotic").pvalue)


def jsd(label: np.ndarray, logit: np.ndarray) -> tuple[float, float]:
    """Jensen-Shannon divergence (ln 2 - BCE) / ln 2 in bits (mean over repeats) and its error.

    Below 0 where the classifier is worse than a coin, as happens by chance. The binary
    cross-entropy weighs truth and sample equally, whatever their numbers.
    """
    entropy = _entropies(label, logit)
    value = 1 - sum(x.mean() for x in entropy) / (2 * LN2)
    variance = sum(x.var(ddof=1) / len(x) for x in entropy) / (2 * LN2) ** 2
    return float(value), float(np.sqrt(variance))


def _entropies(label: np.ndarray, logit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cross-entropy of each truth and of each sample shower, in nats, averaged over repeats."""
    logit = logit.reshape(len(label), -1)
    truth, sample = np.logaddexp(0, -logit[label == 1]), np.logaddexp(0, logit[label == 0])
    return truth.mean(1), sample.mean(1)
