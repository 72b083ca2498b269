"""Area under the ROC curve, Jensen-Shannon divergence and their errors."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm, rankdata

from ultimetric.classifiers.folds import TESTED_PER_TRAINED
from ultimetric.statistics.components import Components

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


def auc_components(
    label: np.ndarray,
    score: np.ndarray,
    fold: np.ndarray | None = None,
    group: np.ndarray | None = None,
) -> Components:
    """AUC of each repeat and the placement values of truth and of sample showers.

    With folds, showers are compared with those that the same network scores. Of two showers of
    other folds, each has taught the network of the other: if they are alike, the truth shower has
    the lower score on average, and AUCs of all pairs are below 0.5 where nothing differs.

    Arguments:
        label: 1 for truth, 0 for sample (N,).
        score: of one training (N,), or of R repeats (N, R); larger for truth.
        fold: test fold of each score, like `score`; None compares all.
        group: labels of groups of related showers (N,), which count once; None if there are none.
    """
    score = score.reshape(len(label), -1)
    fold = np.zeros(score.shape, int) if fold is None else fold.reshape(score.shape)
    truth = label == 1
    values, placements = [], np.empty(score.shape)
    for r in range(score.shape[1]):
        value, placements[:, r] = _placements(truth, score[:, r], fold[:, r])
        values.append(value)
    return Components(np.array(values), *_sides(label, placements, group))


def _placements(
    truth: np.ndarray, score: np.ndarray, fold: np.ndarray
) -> tuple[float, np.ndarray]:
    """AUC within folds and placement values (N,), whose means over either class are the AUC."""
    wins, pairs = np.zeros(len(score)), np.zeros(len(score))
    for k in np.unique(fold):
        for side in (True, False):
            inside = np.flatnonzero((fold == k) & (truth == side))
            others = np.flatnonzero((fold == k) & (truth != side))
            ranks = rankdata(score[np.r_[inside, others]])[: len(inside)]
            below = ranks - rankdata(score[inside])  # of the other class, ties counted half
            wins[inside] = below if side else len(others) - below
            pairs[inside] = len(others)
    value = wins[truth].sum() / max(1, pairs[truth].sum())
    excess = wins - value * pairs
    for side in (truth, ~truth):
        excess[side] *= side.sum() / max(1, pairs[side].sum())
    return value, value + excess


def jsd_components(
    label: np.ndarray, logit: np.ndarray, group: np.ndarray | None = None
) -> Components:
    """Jensen-Shannon divergence (ln 2 - BCE) / ln 2 in bits of each repeat.

    Below 0 where the classifier is worse than a coin, as happens by chance. The binary
    cross-entropy weighs truth and sample equally, whatever their numbers.

    Arguments:
        label: 1 for truth, 0 for sample (N,).
        logit: of one training (N,), or of R repeats (N, R).
        group: as in `auc_components`.
    """
    logit = logit.reshape(len(label), -1)
    sign = np.where(label == 1, -1, 1)[:, None]
    sides, groups = _sides(label, -np.logaddexp(0, sign * logit) / (2 * LN2), group)
    return Components(1 + sides[0].mean(0) + sides[1].mean(0), sides, groups)


def permutation_pvalue(
    label: np.ndarray,
    score: np.ndarray,
    fold: np.ndarray | None = None,
    group: np.ndarray | None = None,
) -> float:
    """Chance of such an AUC or a larger one if labels were exchangeable (Mann-Whitney test).

    Ranks among the showers that the same network scores are averaged over repeats. Labels of
    groups are permuted, ranks stay: the difference of both classes' mean ranks is sum_g c_g a_g of
    the groups' mean ranks, with sum_g c_g = 0 and variance var(a) sum_g c_g^2.

    Out of fold each shower has also taught the networks that score the others: scores linear in
    the labels y = +-1 of those that taught, s_i = sum_j c_ij y_j, have sum_i y_i s_i with variance
    sum c_ij^2 if they stay, but sum (c_ij^2 + c_ij c_ji) if they are learned anew. With folds,
    the variance is therefore enlarged as an error is by `Components.error_events`. That is not
    all for symmetric c, such as a linear discriminant has; see docs/method.md.

    Arguments:
        label, score, fold, group: as in `auc_components`.
    """
    score = score.reshape(len(label), -1)
    place = np.zeros(score.shape, int) if fold is None else fold.reshape(score.shape)
    rank = np.empty(score.shape)
    for r in range(score.shape[1]):
        for k in np.unique(place[:, r]):
            inside = place[:, r] == k
            rank[inside, r] = rankdata(score[inside, r]) / inside.sum()
    truth = label == 1
    weight = np.where(truth, 1 / truth.sum(), -1 / (~truth).sum())
    _, number = np.unique(np.arange(len(label)) if group is None else group, return_inverse=True)
    sizes = np.bincount(number)
    each = np.stack([np.bincount(number, column) / sizes for column in rank.T])
    variance = each.mean(0).var(ddof=1)
    if fold is not None:
        variance += TESTED_PER_TRAINED * each.var(1, ddof=1).mean()
    variance *= (np.bincount(number, weight) ** 2).sum()
    # Copies of the truth in equal numbers, or equal scores, say nothing.
    return float(norm.sf(weight @ rank.mean(1) / np.sqrt(variance))) if variance > 1e-24 else 1.0


def _sides(
    label: np.ndarray, x: np.ndarray, group: np.ndarray | None
) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...] | None]:
    """Values (N, R) of truth and of sample showers, and their groups likewise."""
    rows = label == 1, label == 0
    groups = None if group is None else tuple(group[side] for side in rows)
    return tuple(x[side] for side in rows), groups
