"""Accuracy and AUC of telling two particles apart, trained and tested on truth or sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from ultimetric.classifiers.fitting import out_of_fold
from ultimetric.data.duplicates import related_groups
from ultimetric.data.versions import linked
from ultimetric.events import Events, Joined
from ultimetric.statistics.auc import auc_components
from ultimetric.metrics.base import Row, Where
from ultimetric.statistics.components import Components
from ultimetric.analyses.numbers import number_of

SOURCES = ("truth", "sample")
COMMON = 0.01  # a condition that this share of all has tells no entry from others
ACCURACY, AUC = "accuracy", "particle_auc"


def cross_training(
    cfg: dict[str, Any], events: dict[str, tuple[Events, Events]], seeds: list[int]
) -> list[Row]:
    """One training on each source, each tested on both: rows `<number>:<trained>_to_<tested>`.

    Where training and test are of one source, scores are out of fold. Entries of an equal
    condition stay in one fold whatever their particle, since files whose rows share one would let
    networks learn which particle it belongs to.

    Arguments:
        cfg: {"pair", "sample", "method", "plugin", "card", "inputs"}.
        events: of the first and the second particle, for each of SOURCES.
        seeds: one per repeat.
    """
    parts = [part for source in SOURCES for part in events[source]]
    sizes = [len(part) for part in parts]
    everything = Joined(tuple(parts))
    label = np.repeat(np.array([1, 0, 1, 0], np.int8), sizes)
    is_sample = np.repeat([False, False, True, True], sizes)
    groups = linked(related_groups(everything), *_numbered(everything.condition))
    of = {"truth": ~is_sample, "sample": is_sample}
    where = Where("_".join(cfg["pair"]), cfg["sample"], cfg["method"], cfg["inputs"])
    rows = []
    for trained in SOURCES:
        scores = out_of_fold(cfg, everything, label, groups, seeds, scored=~of[trained])
        fit = scores.fit
        for tested in SOURCES:
            chosen = of[tested]
            score = fit.score[chosen].astype(np.float64)
            for name, function in ((ACCURACY, accuracy), (AUC, auc_components)):
                found = function(label[chosen], score, scores.fold[chosen], groups[chosen])
                metric = f"{name}:{trained}_to_{tested}"
                counts = {"n_train": fit.n_train, "n_test": len(score), "repeats": len(seeds)}
                rows.append(number_of(found).row(where, metric, **counts))
    return rows


def accuracy(
    label: np.ndarray,
    score: np.ndarray,
    fold: np.ndarray | None = None,
    group: np.ndarray | None = None,
) -> Components:
    """Mean of the shares of both classes that are on their side of 0, whatever the fold.

    Arguments:
        label, score, fold, group: as in `auc_components`.
    """
    score = score.reshape(len(label), -1)
    right = ((score > 0) == (label == 1)[:, None]).astype(np.float64)
    sides = right[label == 1] / 2, right[label == 0] / 2
    groups = None if group is None else (group[label == 1], group[label == 0])
    return Components(sides[0].mean(0) + sides[1].mean(0), sides, groups)


def _numbered(conditions: np.ndarray) -> list[np.ndarray]:
    """Labels (N,) of each condition; a value that more than 1 % of all have links nothing."""
    labels = []
    for values in conditions.T:
        _, number, counts = np.unique(values, return_inverse=True, return_counts=True)
        own = len(counts) + np.arange(len(values))
        labels.append(np.where(counts[number] > COMMON * len(values), own, number))
    return labels
