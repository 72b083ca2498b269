"""The second test: a classifier that learns only from entries that made no weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ultimetric.analyses.numbers import Number, number_of
from ultimetric.classifiers.scores import Scores
from ultimetric.data.duplicates import related_groups
from ultimetric.events import Events, Joined
from ultimetric.statistics.auc import auc_components

FEWEST = 50  # entries of a class below which no classifier is trained


@dataclass(frozen=True)
class SecondTest:
    """The AUC of truth against a sample, and the entries used to train one network."""

    auc: Number
    n_train: int


def second_test(
    scored: Callable[..., Scores], truth: Events, sample: Events, seeds: list[int]
) -> SecondTest | None:
    """The AUC of a cross-fitted classifier; None where there are too few entries.

    Arguments:
        scored: `out_of_fold` of one classifier and its inputs.
        truth, sample: The two classes.
        seeds: The random seed of each repeat.
    """
    if min(len(truth), len(sample)) < FEWEST:
        return None
    both = Joined((truth, sample))
    label = np.r_[np.ones(len(truth), np.int8), np.zeros(len(sample), np.int8)]
    scores = scored(both, label, related_groups(both), seeds)
    score = scores.fit.score.astype(np.float64)
    auc = auc_components(label, score, scores.fold, scores.group)
    return SecondTest(number_of(auc, n_test=len(label)), scores.fit.n_train)
