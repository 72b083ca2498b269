"""Calibrate the scores of all classifiers of a sample and write its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.classifiers.checks import UNTRUSTED, effective_share
from ultimetric.classifiers.joint_scores import read_joint
from ultimetric.classifiers.scores import joined_scores, read_scores
from ultimetric.classifiers.weighing import weigh as weights_of
from ultimetric.classifiers.weights import write_weights
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths, log


def weigh(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    tests = {}
    for i, (method, inputs) in enumerate(cfg["tests"]):
        paths = files["scores"][i * cfg["blocks"] : (i + 1) * cfg["blocks"]]
        joint = method in cfg["joint"]  # a test of all samples at once
        blocks = [
            read_joint(x).binary_scores(cfg["sample"]) if joint else read_scores(x) for x in paths
        ]
        seed = seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], method, inputs, "null")
        protocol = cfg.get("protocols", {}).get(method)
        weights = tests[method, inputs] = weights_of(joined_scores(blocks), seed, protocol)
        if not weights.trusted:
            log.info(
                "%s on %s: %s (p = %.2g, effective sample size %.2g %%)",
                method,
                inputs,
                UNTRUSTED,
                weights.pvalue,
                100 * effective_share(weights.sample.w),
            )
    write_weights(outputs["weights"], tests)
