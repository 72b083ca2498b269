"""Train a classifier on truth against sample, one block of repeats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ultimetric.classifiers.fitting import separated
from ultimetric.classifiers.scores import write_scores
from ultimetric.events import EventFile
from ultimetric.kinds.base import load_kind
from ultimetric.observed import JoinedTables, Table
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths


def classify(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    torch.set_num_threads(cfg["card"].get("threads", 1))
    kind = load_kind(cfg["kind"])
    truth, sample = (EventFile(files[role][0], kind) for role in ("truth", "sample"))
    names = (cfg["seed"], cfg["dataset"], cfg["sample"], cfg["method"], cfg["inputs"])
    first = cfg["block"] * cfg["repeats"]
    seeds = [seed_from(*names, first + repeat) for repeat in range(cfg["repeats"])]
    columns = JoinedTables(tuple(map(Table, files["observables"])))
    write_scores(outputs["scores"], separated(cfg, truth, sample, seeds, columns=columns))
