"""Cut the scores of one sample against truth out of those of all samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.classifiers.joint_scores import read_joint
from ultimetric.classifiers.scores import write_scores
from ultimetric.stages import Paths


def single_out(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    write_scores(outputs["scores"], read_joint(inputs["joint"][0]).single_out(cfg["sample"]))
