"""Train a classifier on truth and all samples at once, one block of repeats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ultimetric.classifiers.contract import checked_fit
from ultimetric.classifiers.folds import assign_fold_parts, fold_of
from ultimetric.classifiers.joint import JointClassifier, JointFit
from ultimetric.classifiers.joint_scores import JointScores, write_joint
from ultimetric.data.duplicates import related_groups
from ultimetric.data.groups import connected_groups, same_truth
from ultimetric.events import EventFile, Joined
from ultimetric.kinds.base import load_kind
from ultimetric.observed import JoinedTables, Table, inputs_of
from ultimetric.plugins import load_plugin
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths, log


def classify_jointly(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    torch.set_num_threads(cfg["card"].get("threads", 1))
    kind = load_kind(cfg["kind"])
    parts = tuple(EventFile(path, kind) for path in (*files["truth"], *files["samples"]))
    everything = Joined(parts)
    label = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    duplicates = related_groups(everything)
    log.info("%d near or exact duplicates", len(label) - len(np.unique(duplicates)))
    groups = connected_groups(duplicates, same_truth([part.condition for part in parts]))
    names = (cfg["seed"], cfg["dataset"], cfg["method"], cfg["inputs"])
    first = cfg["block"] * cfg["repeats"]
    seeds = [seed_from(*names, first + repeat) for repeat in range(cfg["repeats"])]
    fold_parts = np.stack([assign_fold_parts(label, groups, seed) for seed in seeds], axis=1)
    columns = JoinedTables(tuple(map(Table, files["observables"])))
    x = inputs_of(cfg["inputs"], everything, columns)
    layout = kind.inputs[cfg["inputs"]].layout(kind)
    classifier = load_plugin(cfg["plugin"], JointClassifier)(cfg["card"], layout)
    fit = classifier.cross_fit_classes(x, label, fold_parts, seeds)
    checked_fit(classifier, fit, JointFit, (*fold_parts.shape, len(parts)))
    write_joint(
        outputs["scores"], JointScores(cfg["samples"], label, fold_of(fold_parts), fit, groups)
    )
