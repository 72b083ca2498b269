"""The second test, with a classifier that is trained only on entries of the second half."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ultimetric.analyses.numbers import Number, number_of
from ultimetric.analyses.retrained import auc_of_scores
from ultimetric.classifiers.scores import Scores
from ultimetric.data.splits import FEWEST
from ultimetric.events import Events


@dataclass(frozen=True)
class SecondTest:
    """The AUC of truth against a sample, and the number of entries that trained one network."""

    auc: Number
    n_train: int


def second_test(
    scored: Callable[[Events, Events, list[int]], Scores],
    truth: Events,
    sample: Events,
    seeds: list[int],
) -> SecondTest | None:
    """The AUC of a cross-fitted classifier; None with too few entries.

    Arguments:
        scored: The function `separated` for one classifier and its inputs.
        truth, sample: The two classes.
        seeds: The random seed of each repeat.
    """
    if min(len(truth), len(sample)) < FEWEST:
        return None
    scores = scored(truth, sample, seeds)
    auc = number_of(auc_of_scores(scores), n_test=len(scores.label))
    return SecondTest(auc, scores.fit.n_train)
