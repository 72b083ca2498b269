"""Find what is wrong with one sample."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ultimetric.classifiers.weights import Side, read_weights
from ultimetric.data.files import ShowerFile
from ultimetric.data.geometry import Geometry
from ultimetric.failures.candidates import Values, candidates
from ultimetric.failures.finder import find
from ultimetric.failures.population import Population
from ultimetric.failures.rows import failures
from ultimetric.failures.table import write_failures
from ultimetric.seeds import seed_from
from ultimetric.stages.door import Paths, open_door

UNCALIBRATED = "; the calibration of the weights failed"


def find_failures(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    geometry = Geometry.from_config(cfg["geometry"])
    truth, sample = (ShowerFile(inputs[name][0], geometry) for name in ("truth", "sample"))
    weights = read_weights(inputs["weights"][0], cfg["test"], cfg["features"])
    of_truth, of_sample, units = candidates(truth, sample, cfg["voxels"])
    findings = find(
        _population(truth, of_truth, weights.truth),
        _population(sample, of_sample, weights.sample),
        seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "find"),
    )
    rows = failures(cfg["dataset"], cfg["sample"], findings, units)
    note = "" if weights.calibrated else UNCALIBRATED
    write_failures(outputs["failures"], [replace(x, sentence=x.sentence + note) for x in rows])


def _population(showers: ShowerFile, values: Values, side: Side) -> Population:
    """The showers that have weights."""
    rows = side.index
    return Population(showers.energy[rows], {k: x[rows] for k, x in values.items()}, side.w)


if __name__ == "__main__":
    open_door(find_failures)
