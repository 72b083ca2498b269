"""Compare samples with each other on the same truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.classifiers.weights import read_weights
from ultimetric.events import EventFile
from ultimetric.kinds.base import load_kind
from ultimetric.metrics.base import write_rows
from ultimetric.analyses.pairs import differences
from ultimetric.stages import Paths


def compare(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    rows, kind = [], load_kind(cfg["kind"])
    for i, (first, second) in enumerate(cfg["pairs"]):
        files, samples = (files[name][2 * i : 2 * i + 2] for name in ("weights", "samples"))
        # Samples that pass the same stored truth on correspond entry by entry.
        conditions = [EventFile(path, kind).condition for path in samples]
        aligned = kind.condition is not None and np.array_equal(*conditions)
        for method, inputs in cfg["tests"]:
            weights = tuple(read_weights(path, method, inputs) for path in files)
            names = (first, second), (method, inputs)
            rows += differences(cfg["dataset"], *names, weights, aligned)
    write_rows(outputs["rows"], rows)
