"""Tell two particles apart, trained on truth or sample and tested on truth or sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ultimetric.events import EventFile
from ultimetric.kinds.base import load_kind
from ultimetric.metrics.base import write_rows
from ultimetric.particles.identification import SOURCES, cross_training
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths


def identify(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    torch.set_num_threads(cfg["card"].get("threads", 1))
    kind = load_kind(cfg["kind"])
    events = {source: tuple(EventFile(path, kind) for path in files[source]) for source in SOURCES}
    names = (cfg["seed"], *cfg["pair"], cfg["sample"], cfg["method"], cfg["inputs"], "identify")
    seeds = [seed_from(*names, repeat) for repeat in range(cfg["repeats"])]
    write_rows(outputs["rows"], cross_training(cfg, events, seeds))
