"""Compute one metric of one sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.data.hdf5 import read_attributes
from ultimetric.events import EventFile
from ultimetric.kinds.base import load_kind
from ultimetric.metrics.base import Metric, MetricInputs, add_note, write_rows
from ultimetric.observed import Table
from ultimetric.plugins import load_plugin
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths


def metric(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    kind = load_kind(cfg["kind"])
    options = {key: value for key, value in cfg["metric"].items() if key != "plugin"}
    judge = load_plugin(cfg["metric"]["plugin"], Metric)(options)
    attributes = read_attributes(files["sample"][0])
    rows = judge.table(
        MetricInputs(
            dataset=cfg["dataset"],
            sample=cfg["sample"],
            truth=EventFile(files["truth"][0], kind),
            events=EventFile(files["sample"][0], kind),
            truth_observables=Table(files["truth_observables"][0]),
            observables=Table(files["observables"][0]),
            weights=files["weights"][0],
            attributes=attributes,
            seed=seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "metric"),
            others=dict(zip(cfg["others"], files["others"], strict=True)),
            training=next((EventFile(x, kind) for x in files["training"]), None),
            exact=next(iter(files["exact"]), None),
        )
    )
    # What was done to the sample when it was read belongs to each of its numbers.
    write_rows(outputs["rows"], [add_note(row, attributes.get("note", "")) for row in rows])
