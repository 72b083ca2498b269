"""Train a classifier on truth against sample, one block of repeats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ultimetric.classifiers.base import Classifier
from ultimetric.classifiers.folds import assign_tenths, fold_of
from ultimetric.classifiers.scores import Scores, write_scores
from ultimetric.data.duplicates import duplicate_groups
from ultimetric.data.files import ShowerFile
from ultimetric.data.geometry import Geometry
from ultimetric.data.showers import Joined
from ultimetric.features import WITH_VOXELS, features
from ultimetric.plugins import load_plugin
from ultimetric.seeds import seed_from
from ultimetric.stages.door import Paths, log, open_door


def classify(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    torch.set_num_threads(cfg["card"].get("threads", 1))
    geometry = Geometry.from_config(cfg["geometry"])
    sample = ShowerFile(inputs["sample"][0], geometry)
    truth = ShowerFile(inputs["truth"][0], geometry)
    if cfg["reference"] == "memorisation" and len(truth) > len(sample):
        # Equal numbers, as against unseen truth.
        truth = ShowerFile(inputs["truth"][0], geometry, np.arange(len(sample)))
    both = Joined((truth, sample))
    label = np.r_[np.ones(len(truth), np.int8), np.zeros(len(sample), np.int8)]
    groups = duplicate_groups(both)
    log.info("%d near or exact duplicates", len(both) - len(np.unique(groups)))
    names = (cfg["seed"], cfg["dataset"], cfg["sample"], cfg["test"], cfg["features"])
    first = cfg["block"] * cfg["repeats"]
    # The reference is no part of the seed's names: folds and starts are alike for both.
    seeds = [seed_from(*names, first + repeat) for repeat in range(cfg["repeats"])]
    tenths = np.stack([assign_tenths(label, groups, seed) for seed in seeds], axis=1)
    layout = geometry if cfg["features"] in WITH_VOXELS else None
    classifier = load_plugin(cfg["plugin"], Classifier)(cfg["card"], layout)
    inputs_of_both = features(cfg["features"], both)
    fit = classifier.cross_fit(inputs_of_both, label, tenths, seeds, cfg["fraction"])
    write_scores(outputs["scores"], Scores(label, fold_of(tenths), fit))


if __name__ == "__main__":
    open_door(classify)
