"""Train a classifier on truth against sample of a toy, one block of repeats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ultimetric.classifiers.base import Classifier
from ultimetric.classifiers.folds import assign_tenths, fold_of
from ultimetric.classifiers.scores import Scores, write_scores
from ultimetric.plugins import load_plugin
from ultimetric.seeds import seed_from
from ultimetric.stages.door import Paths, open_door
from ultimetric.toys.events import read_events


def classify_toy(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    torch.set_num_threads(cfg["card"].get("threads", 1))
    features = cfg["features"]
    events = read_events(inputs["events"][0], features)
    names = (cfg["seed"], cfg["name"], cfg["test"], features)
    first = cfg["block"] * cfg["repeats"]
    seeds = [seed_from(*names, first + repeat) for repeat in range(cfg["repeats"])]
    folds = [assign_tenths(events.label, events.group, seed) for seed in seeds]
    tenths = np.stack(folds, axis=1)
    classifier = load_plugin(cfg["plugin"], Classifier)(cfg["card"], events.layouts.get(features))
    fit = classifier.fit(events.inputs[features], events.label, tenths, seeds)
    write_scores(outputs["scores"], Scores(events.label, fold_of(tenths), fit, events.group))


if __name__ == "__main__":
    open_door(classify_toy)
