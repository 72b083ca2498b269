"""Vectors drawn from their density."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ultimetric.events import write_events
from ultimetric.kinds.base import load_kind
from ultimetric.kinds.simulation import Simulation
from ultimetric.seeds import seed_from


class StandardNormal(Simulation):
    """Vectors whose components are independent and normal, with mean 0 and width 1.

    Options:
        events: The number of vectors.
        seed: The random seed; with `events_per_job` it decides which vectors there are.
    """

    word = "draw"
    defaults: ClassVar = {"events": None, "seed": 1, "events_per_job": 1_000_000}
    limits: ClassVar = {
        "events": "whole in [1, 100000000]",
        "seed": "whole >= 0",
        "events_per_job": "whole >= 1",
    }
    needed = ("events",)
    memory_mb = 2000

    def slice(self, options: dict[str, Any], kind: dict[str, Any], place: str) -> dict[str, Any]:
        return {**options, "kind": kind}

    def run(self, cfg: dict[str, Any], path: Path) -> None:
        kind = load_kind(cfg["kind"])
        start, stop = cfg["rows"]
        rng = np.random.default_rng(seed_from(cfg["seed"], "vectors", start))
        data = rng.standard_normal((stop - start, kind.n_values), dtype=np.float32)
        events = kind.entries(np.empty((len(data), 0)), data)
        write_events(path, events, density="standard normal", seed=str(cfg["seed"]))
