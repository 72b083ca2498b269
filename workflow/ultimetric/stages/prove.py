"""Count in how many trials the failure finder named what was planted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.faults.rows import proof_rows
from ultimetric.faults.table import read_trials
from ultimetric.metrics.base import write_rows
from ultimetric.stages import Paths


def prove(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    rows, paths = [], iter(files["trials"])
    for sample, blocks in cfg["samples"]:
        trials = [trial for _ in range(blocks) for trial in read_trials(next(paths))]
        common = {
            "dataset": cfg["dataset"],
            "sample": sample,
            "method": cfg["method"],
            "inputs": cfg["inputs"],
            "n_test": 2 * cfg["showers"],
        }
        rows += proof_rows(common, trials, sample == cfg["control"])
    write_rows(outputs["rows"], rows)
