"""Train a classifier of the study again, on other truth or on fewer events."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ultimetric.analyses.given import Given
from ultimetric.classifiers.fitting import separated
from ultimetric.classifiers.scores import Scores
from ultimetric.events import Events
from ultimetric.observed import JoinedTables
from ultimetric.statistics.auc import auc_components
from ultimetric.statistics.components import Components


def retrained(
    given: Given,
    method: str,
    inputs: str,
    truth: Events,
    part: str = "truth",
    fraction: float = 1.0,
) -> Scores:
    """Out-of-fold scores of truth and the only sample.

    Seeds are those of the test itself, so that folds and initial weights are alike.

    Arguments:
        given: What the analysis is given.
        method: The name of the classifier.
        inputs: Its inputs.
        truth: The truth, the first entries of a part.
        part: The part.
        fraction: The share of the training entries to use.
    """
    classifier = {**given.classifier, "inputs": inputs}
    torch.set_num_threads(classifier["card"].get("threads", 1))
    dataset, sample = given.dataset, given.sample
    names = dataset.name, sample.name, method, inputs
    seeds = [given.seed_of(*names, repeat) for repeat in range(given.repeats)]
    columns = None
    if f"{part}_observables" in dataset.paths:
        columns = JoinedTables((dataset.table(part, slice(len(truth))), sample.observables))
    return separated(classifier, truth, sample.events, seeds, fraction, columns)


def auc_of_scores(scores: Scores) -> Components:
    """The AUC of each repeat; entries are compared within the folds."""
    score = scores.fit.score.astype(np.float64)
    return auc_components(scores.label, score, scores.fold, scores.group)


def counts_of(scores: Scores) -> dict[str, Any]:
    """The columns of a row that tell how many entries and repeats there were."""
    n_events, repeats = scores.fit.score.shape
    return {"n_train": scores.fit.n_train, "n_test": n_events, "repeats": repeats}
