"""Cross-fit one classifier on showers of two classes: its folds, its inputs, its networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from ultimetric.classifiers.base import Classifier
from ultimetric.classifiers.folds import assign_tenths, fold_of, scored_only
from ultimetric.classifiers.scores import Scores
from ultimetric.kinds.showers.inputs import WITH_VOXELS, features
from ultimetric.kinds.showers.showers import ShowerSet
from ultimetric.plugins import load_plugin


def out_of_fold(
    cfg: dict[str, Any],
    showers: ShowerSet,
    label: np.ndarray,
    groups: np.ndarray,
    seeds: list[int],
    fraction: float = 1.0,
    scored: np.ndarray | None = None,
) -> Scores:
    """Score every shower with networks that did not learn from it.

    Arguments:
        cfg: {"plugin", "card", "features"}: the classifier and its inputs.
        showers: of both classes (N).
        label: 1 for the first class, truth, 0 for the second (N,).
        groups: showers of one group stay in one fold (N,).
        seeds: one per repeat (R).
        fraction: share of the training showers to use.
        scored: showers that no network learns from (N,), bool; by default none.
    """
    tenths = np.stack([assign_tenths(label, groups, seed) for seed in seeds], axis=1)
    if scored is not None:
        tenths = scored_only(tenths, scored)
    layout = showers.geometry if cfg["features"] in WITH_VOXELS else None
    classifier = load_plugin(cfg["plugin"], Classifier)(cfg["card"], layout)
    inputs = features(cfg["features"], showers)
    fit = classifier.fit(inputs, label, tenths, seeds, fraction)
    return Scores(label, fold_of(tenths), fit, groups)
