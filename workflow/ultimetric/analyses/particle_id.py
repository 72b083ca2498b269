"""Particle identification, with classifiers trained and tested on truth or sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Row, Where, number_of
from ultimetric.classifiers.fitting import out_of_fold
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.subset import Subset
from ultimetric.data.duplicates import related_groups
from ultimetric.data.groups import connected_groups
from ultimetric.events import Events, Joined
from ultimetric.observed import JoinedTables
from ultimetric.statistics.auc import auc_components
from ultimetric.statistics.components import Components

SOURCES = ("truth", "sample")
COMMON = 0.01  # a condition that this share of all has tells no entry from others
ACCURACY, AUC = "accuracy", "particle_auc"


class ParticleId(Analysis):
    """Accuracy and AUC of telling two particles apart, trained and tested on truth or sample.

    Options:
        method: The classifier.
        inputs: Its inputs, each with a classifier of its own.
        pairs: The pairs of datasets, one of each particle.
    """

    per: ClassVar[str] = "pair"
    trains: ClassVar[bool] = True
    defaults: ClassVar[dict[str, Any]] = {"method": "", "inputs": [], "pairs": []}
    limits: ClassVar[dict[str, str]] = {
        "inputs": "list of text",
        "pairs": "list of pair of text",
    }
    section: ClassVar[str] = "Particle identification"
    tables: ClassVar[tuple[dict[str, Any], ...]] = (
        {
            "title": "Particle identification",
            "text": "The AUC of telling two particles apart, of a classifier that is trained on "
            "truth or on the sample and tested on truth or on the sample. A sample that can "
            "replace truth here has four equal numbers.",
            "columns": {
                "trained on truth, tested on truth": "particle_auc_truth_to_truth",
                "trained on truth, tested on sample": "particle_auc_truth_to_sample",
                "trained on sample, tested on truth": "particle_auc_sample_to_truth",
                "trained on sample, tested on sample": "particle_auc_sample_to_sample",
            },
        },
    )

    def run(self, given: Given) -> Result:
        torch.set_num_threads(given.classifier["card"].get("threads", 1))
        (first, second), both = given.datasets, list(given.datasets.values())
        method = self.options["method"]
        (sample,) = both[0].samples
        samples = [dataset.samples[sample] for dataset in both]
        events = *(dataset.truth for dataset in both), *(one.events for one in samples)
        rows = []
        for inputs in self.options["inputs"]:
            columns = None
            if both[0].kind.inputs[inputs].reads_observables:  # else there are no tables
                tables = [dataset.truth_observables for dataset in both]
                columns = JoinedTables((*tables, *(one.observables for one in samples)))
            chosen = Subset.of(inputs, events, columns)
            scored = partial(out_of_fold, given.classifier | {"inputs": inputs})
            names = (first, second, sample, method, inputs, "identify")
            rows += cross_training(
                partial(scored, columns=chosen.columns),
                {"truth": chosen.parts[:2], "sample": chosen.parts[2:]},
                [given.seed_of(*names, repeat) for repeat in range(given.repeats)],
                Where(f"{first}_{second}", sample, method, inputs),
            )
        return Result(rows)


def cross_training(
    scored: Callable[..., Scores],
    events: Mapping[str, Sequence[Events]],
    seeds: list[int],
    where: Where,
) -> list[Row]:
    """Numbers of one training on each source, each tested on both.

    Their names are `<number>_<trained>_to_<tested>`. If training and test have the same source,
    scores are out of fold. Entries of equal condition stay in one fold, whatever their particle:
    otherwise networks could memorise which particle a condition belongs to.

    Arguments:
        scored: `out_of_fold` of one classifier and its inputs.
        events: The entries of the first and the second particle, for each of SOURCES.
        seeds: The random seed of each repeat.
        where: The first columns of the rows.
    """
    parts = [part for source in SOURCES for part in events[source]]
    sizes = [len(part) for part in parts]
    everything = Joined(tuple(parts))
    label = np.repeat(np.array([1, 0, 1, 0], np.int8), sizes)
    is_sample = np.repeat([False, False, True, True], sizes)
    groups = connected_groups(related_groups(everything), *_numbered(everything.condition))
    of = {"truth": ~is_sample, "sample": is_sample}
    rows = []
    for trained in SOURCES:
        scores = scored(everything, label, groups, seeds, scored=~of[trained])
        fit = scores.fit
        for tested in SOURCES:
            chosen = of[tested]
            score = fit.score[chosen].astype(np.float64)
            for name, function in ((ACCURACY, accuracy), (AUC, auc_components)):
                found = function(label[chosen], score, scores.fold[chosen], groups[chosen])
                row = number_of(found).row(
                    where,
                    f"{name}_{trained}_to_{tested}",
                    n_train=fit.n_train,
                    n_test=len(score),
                    repeats=len(seeds),
                )
                rows.append(row)
    return rows


def accuracy(
    label: np.ndarray,
    score: np.ndarray,
    fold: np.ndarray | None = None,
    group: np.ndarray | None = None,
) -> Components:
    """The mean over both classes of the share with a score on their side of 0.

    Arguments:
        label, score, fold, group: As of `auc_components`.
    """
    score = score.reshape(len(label), -1)
    right = ((score > 0) == (label == 1)[:, None]).astype(np.float64)
    sides = right[label == 1] / 2, right[label == 0] / 2
    groups = None if group is None else (group[label == 1], group[label == 0])
    return Components(sides[0].mean(0) + sides[1].mean(0), sides, groups)


def _numbered(conditions: np.ndarray) -> list[np.ndarray]:
    """Labels (N,) of equal conditions, without values that more than 1 % of all entries have."""
    labels = []
    for values in conditions.T:
        _, number, counts = np.unique(values, return_inverse=True, return_counts=True)
        own = len(counts) + np.arange(len(values))
        labels.append(np.where(counts[number] > COMMON * len(values), own, number))
    return labels
