"""The second judge: a classifier that learns only from showers that made no weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ultimetric.classifiers.fitting import out_of_fold
from ultimetric.data.duplicates import related_groups
from ultimetric.events import Events, Joined
from ultimetric.statistics.auc import auc_components
from ultimetric.analyses.numbers import Number, number_of

FEWEST = 50  # showers of a class below which a classifier says nothing


@dataclass(frozen=True)
class Verdict:
    """AUC of truth against a sample, and the showers used to train one network."""

    auc: Number
    n_train: int


def judge(cfg: dict[str, Any], truth: Events, sample: Events, seeds: list[int]) -> Verdict | None:
    """Cross-fit a classifier; none where there are too few showers.

    Arguments:
        cfg: {"plugin", "card", "inputs"}.
        truth, sample: the two classes.
        seeds: one per repeat.
    """
    if min(len(truth), len(sample)) < FEWEST:
        return None
    both = Joined((truth, sample))
    label = np.r_[np.ones(len(truth), np.int8), np.zeros(len(sample), np.int8)]
    scores = out_of_fold(cfg, both, label, related_groups(both), seeds)
    score = scores.fit.score.astype(np.float64)
    auc = auc_components(label, score, scores.fold, scores.group)
    number = number_of(auc, n_test=len(label))
    return Verdict(number, scores.fit.n_train)
