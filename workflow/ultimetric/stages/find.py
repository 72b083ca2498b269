"""Find what is wrong with one sample."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.classifiers.checks import UNTRUSTED
from ultimetric.classifiers.weights import Side, read_weights
from ultimetric.data.duplicates import related_groups
from ultimetric.events import EventFile, Joined
from ultimetric.findings import finder
from ultimetric.findings.candidates import Values, candidates
from ultimetric.findings.population import Population, counted_once, population
from ultimetric.findings.rows import failures
from ultimetric.findings.table import write_failures
from ultimetric.kinds.base import load_kind
from ultimetric.observed import Table
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths

DOUBTFUL = f" The check of the weights says: {UNTRUSTED}."


def find(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    kind = load_kind(cfg["kind"])
    truth, sample = (EventFile(files[name][0], kind) for name in ("truth", "sample"))
    tables = (Table(files[name][0]) for name in ("truth_observables", "observables"))
    weights = read_weights(files["weights"][0], cfg["method"], cfg["inputs"])
    of_truth, of_sample = candidates(truth, sample, *tables, cfg["values"])
    groups = np.split(related_groups(Joined((truth, sample))), [len(truth)])
    findings = finder.find(
        _population(truth, of_truth, weights.truth, groups[0]),
        _population(sample, of_sample, weights.sample, groups[1]),
        seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "find"),
    )
    rows = failures(cfg["dataset"], cfg["sample"], findings, kind)
    note = "" if weights.trusted else DOUBTFUL
    write_failures(outputs["failures"], [replace(x, details=x.details + note) for x in rows])


def _population(events: EventFile, values: Values, side: Side, groups: np.ndarray) -> Population:
    """Those that have weights."""
    return counted_once(population(events, values, side), groups[side.index])
