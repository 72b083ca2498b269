"""Train a classifier on truth against sample, one block of repeats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ultimetric.classifiers.fitting import out_of_fold
from ultimetric.classifiers.scores import write_scores
from ultimetric.data.duplicates import related_groups
from ultimetric.events import EventFile, Joined
from ultimetric.kinds.base import load_kind
from ultimetric.observed import JoinedTables, Table
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths, log


def classify(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    torch.set_num_threads(cfg["card"].get("threads", 1))
    kind = load_kind(cfg["kind"])
    sample = EventFile(files["sample"][0], kind)
    truth = EventFile(files["truth"][0], kind)
    if cfg["reference"] == "memorisation" and len(truth) > len(sample):
        # Equal numbers, as against unseen truth.
        truth = EventFile(files["truth"][0], kind, np.arange(len(sample)))
    both = Joined((truth, sample))
    label = np.r_[np.ones(len(truth), np.int8), np.zeros(len(sample), np.int8)]
    groups = related_groups(both)
    log.info("%d near or exact duplicates", len(both) - len(np.unique(groups)))
    names = (cfg["seed"], cfg["dataset"], cfg["sample"], cfg["method"], cfg["inputs"])
    first = cfg["block"] * cfg["repeats"]
    # The reference is no part of the seed's names: folds and starts are alike for both.
    seeds = [seed_from(*names, first + repeat) for repeat in range(cfg["repeats"])]
    tables = zip(files["observables"], (len(truth), len(sample)), strict=False)
    columns = JoinedTables(tuple(Table(path, slice(most)) for path, most in tables))
    scores = out_of_fold(cfg, both, label, groups, seeds, cfg["fraction"], columns=columns)
    write_scores(outputs["scores"], scores)
