"""Cross-fit one classifier on events of two classes: its folds, its inputs, its ensemble."""

from __future__ import annotations

from typing import Any

import numpy as np

from ultimetric.classifiers.base import Classifier
from ultimetric.classifiers.folds import assign_tenths, fold_of, scored_only
from ultimetric.classifiers.scores import Scores
from ultimetric.events import Events
from ultimetric.kinds.observables import Columns
from ultimetric.observed import inputs_of
from ultimetric.plugins import load_plugin


def out_of_fold(
    cfg: dict[str, Any],
    events: Events,
    label: np.ndarray,
    groups: np.ndarray,
    seeds: list[int],
    fraction: float = 1.0,
    scored: np.ndarray | None = None,
    columns: Columns | None = None,
) -> Scores:
    """Score every event with networks that did not learn from it.

    Arguments:
        cfg: {"plugin", "card", "inputs"}: the classifier and its inputs.
        events: The entries of both classes (N).
        label: 1 for the first class, truth, 0 for the second (N,).
        groups: The groups (N,) of events that stay in one fold.
        seeds: The random seed of each repeat (R).
        fraction: The share of the training events to use.
        scored: The events that no network learns from (N,), bool; by default none.
        columns: Their observables by name (N,), for inputs made of them; computed if not given.
    """
    tenths = np.stack([assign_tenths(label, groups, seed) for seed in seeds], axis=1)
    if scored is not None:
        tenths = scored_only(tenths, scored)
    inputs = inputs_of(cfg["inputs"], events, columns)
    layout = events.kind.inputs[cfg["inputs"]].layout(events.kind)
    classifier = load_plugin(cfg["plugin"], Classifier)(cfg["card"], layout)
    fit = classifier.fit(inputs, label, tenths, seeds, fraction)
    return Scores(label, fold_of(tenths), fit, groups)
