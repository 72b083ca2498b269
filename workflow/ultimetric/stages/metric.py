"""Compute one metric of one sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.kinds.showers.formats.calogan import ShowerFile, read_attributes
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.metrics.base import Metric, MetricInputs, add_note, write_rows
from ultimetric.plugins import load_plugin
from ultimetric.seeds import seed_from
from ultimetric.stages.door import Paths, open_door


def metric(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    geometry = Geometry.from_config(cfg["geometry"])
    options = {key: value for key, value in cfg["metric"].items() if key != "plugin"}
    judge = load_plugin(cfg["metric"]["plugin"], Metric)(options)
    attributes = read_attributes(inputs["sample"][0])
    rows = judge.table(
        MetricInputs(
            dataset=cfg["dataset"],
            sample=cfg["sample"],
            truth=ShowerFile(inputs["truth"][0], geometry),
            showers=ShowerFile(inputs["sample"][0], geometry),
            weights=inputs["weights"][0],
            attributes=attributes,
            seed=seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "metric"),
            others=dict(zip(cfg["others"], inputs["others"], strict=True)),
            training=next((ShowerFile(x, geometry) for x in inputs["training"]), None),
        )
    )
    # What was done to the sample when it was read belongs to each of its numbers.
    write_rows(outputs["rows"], [add_note(row, attributes.get("note", "")) for row in rows])


if __name__ == "__main__":
    open_door(metric)
