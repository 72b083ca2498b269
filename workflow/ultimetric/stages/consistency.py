"""Say how probable each sample is for showers of the truth and of every sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.classifiers.joint_scores import read_joint
from ultimetric.metrics.base import write_rows
from ultimetric.analyses.consistency import consistency_rows
from ultimetric.stages import Paths


def consistency(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    rows = []
    for i, (method, inputs) in enumerate(cfg["tests"]):
        paths = files["joint"][i * cfg["blocks"] : (i + 1) * cfg["blocks"]]
        blocks = [read_joint(path) for path in paths]
        rows += consistency_rows(cfg["dataset"], (method, inputs), blocks)
    write_rows(outputs["rows"], rows)
