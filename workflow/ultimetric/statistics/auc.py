"""Area under the ROC curve, Jensen-Shannon divergence and their errors."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm, rankdata

from ultimetric.statistics.components import Components

LN2 = np.log(2)


def auc(label: np.ndarray, score: np.ndarray) -> float:
    """The AUC, P(score of truth > score of sample), with ties counted half.

    Arguments:
        label: 1 for truth, 0 for sample (N,).
        score: The score (N,), larger for truth.
    """
    return auc_components(label, score).value


def delong(label: np.ndarray, score: np.ndarray) -> tuple[float, float]:
    """The AUC, a mean over repeats, and its error from the test showers."""
    found = auc_components(label, score)
    return found.value, found.error_test


def auc_components(
    label: np.ndarray,
    score: np.ndarray,
    fold: np.ndarray | None = None,
    group: np.ndarray | None = None,
) -> Components:
    """The AUC of each repeat and the placement values of truth and of sample showers.

    With folds, showers are compared with those that the same network scores. Of two showers in
    different folds, each has trained the network that scores the other: if they are alike, the
    truth shower has the lower score on average, and AUCs of all pairs are below 0.5 if nothing
    differs.

    Arguments:
        label: 1 for truth, 0 for sample (N,).
        score: The scores of one training (N,), or of R repeats (N, R); larger for truth.
        fold: The test fold of each score, of the shape of `score`; None to compare all pairs.
        group: The labels (N,) of groups of related showers, which count once; None without
            groups.
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

    It is below 0 if the classifier is worse than guessing, as happens by chance. Truth and sample
    have equal total weights in the binary cross-entropy, whatever their numbers.

    Arguments:
        label: 1 for truth, 0 for sample (N,).
        logit: The logits of one training (N,), or of R repeats (N, R).
        group: The labels of groups, as of `auc_components`.
    """
    logit = logit.reshape(len(label), -1)
    sign = np.where(label == 1, -1, 1)[:, None]
    sides, groups = _sides(label, -np.logaddexp(0, sign * logit) / (2 * LN2), group)
    return Components(1 + sides[0].mean(0) + sides[1].mean(0), sides, groups)


def rank_test_pvalue(
    label: np.ndarray,
    score: np.ndarray,
    fold: np.ndarray | None = None,
    group: np.ndarray | None = None,
    tested_per_trained: float = 0,
) -> float:
    """The p-value of the Mann-Whitney rank test, in the normal approximation.

    It is the chance of such an AUC or a larger one if the labels of groups are exchangeable. Ranks
    among the showers that the same network scores are averaged over repeats. The difference of
    both classes' mean ranks is sum_g c_g a_g of the groups' mean ranks, with sum_g c_g = 0. If
    labels are exchanged and ranks stay, its variance is var(a) sum_g c_g^2.

    Out of fold, each shower has also trained the networks that score the others. If scores are
    linear in the labels y = +-1 of the training showers, s_i = sum_j c_ij y_j, then sum_i y_i s_i
    has the variance sum c_ij^2 for given scores, but sum (c_ij^2 + c_ij c_ji) if they are learned
    anew. The variance is therefore enlarged as an error is by `Components.error_events`. This is
    not enough for symmetric c, as of a linear discriminant; see docs/method.md.

    Arguments:
        label, score, fold, group: As of `auc_components`.
        tested_per_trained: As of `Components.error_train`; 0 if no shower has trained a network
            that scores others.
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
    if tested_per_trained:
        variance += tested_per_trained * each.var(1, ddof=1).mean()
    variance *= (np.bincount(number, weight) ** 2).sum()
    # The variance is 0 for equal scores, or for copies of the truth in equal numbers.
    return float(norm.sf(weight @ rank.mean(1) / np.sqrt(variance))) if variance > 1e-24 else 1.0


def _sides(
    label: np.ndarray, x: np.ndarray, group: np.ndarray | None
) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...] | None]:
    """The values (N, R) of truth and of sample showers, and their groups."""
    rows = label == 1, label == 0
    groups = None if group is None else tuple(group[side] for side in rows)
    return tuple(x[side] for side in rows), groups
