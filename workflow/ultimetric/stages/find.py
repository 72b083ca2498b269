"""Find what is wrong with one sample."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.classifiers.checks import UNTRUSTED
from ultimetric.classifiers.weights import Side, read_weights
from ultimetric.data.duplicates import duplicate_groups
from ultimetric.failures.candidates import Values, candidates
from ultimetric.failures.finder import find
from ultimetric.failures.population import Population, counted_once
from ultimetric.failures.rows import failures
from ultimetric.failures.table import write_failures
from ultimetric.kinds.showers.formats.calogan import ShowerFile
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.showers import Joined
from ultimetric.seeds import seed_from
from ultimetric.stages.door import Paths, open_door

DOUBTFUL = f" The check of the weights says: {UNTRUSTED}."


def find_failures(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    geometry = Geometry.from_config(cfg["geometry"])
    truth, sample = (ShowerFile(inputs[name][0], geometry) for name in ("truth", "sample"))
    weights = read_weights(inputs["weights"][0], cfg["test"], cfg["features"])
    of_truth, of_sample, units = candidates(truth, sample, cfg["voxels"])
    groups = np.split(duplicate_groups(Joined((truth, sample))), [len(truth)])
    findings = find(
        _population(truth, of_truth, weights.truth, groups[0]),
        _population(sample, of_sample, weights.sample, groups[1]),
        seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "find"),
    )
    rows = failures(cfg["dataset"], cfg["sample"], findings, units)
    note = "" if weights.trusted else DOUBTFUL
    write_failures(outputs["failures"], [replace(x, details=x.details + note) for x in rows])


def _population(showers: ShowerFile, values: Values, side: Side, groups: np.ndarray) -> Population:
    """The showers that have weights."""
    rows = side.index
    values = {name: x[rows] for name, x in values.items()}
    return counted_once(Population(showers.energy[rows], values, side.w), groups[rows])


if __name__ == "__main__":
    open_door(find_failures)
