"""Run one analysis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.analyses.base import Analysis
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import COLUMNS, with_note, write_numbers
from ultimetric.costs import write_costs
from ultimetric.data.hdf5 import write_arrays
from ultimetric.events import write_events
from ultimetric.findings.pictures import write_pictures
from ultimetric.findings.table import write_findings
from ultimetric.plugins import load_plugin
from ultimetric.stages import Paths
from ultimetric.stages.given import datasets_of
from ultimetric.tables import joined, read_table


def analyse(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    """Run cfg["analysis"] = {"plugin", "options", "card"} on the datasets of cfg."""
    analysis = load_plugin(cfg["analysis"]["plugin"], Analysis)(
        cfg["analysis"]["options"], cfg["analysis"].get("card")
    )
    given = Given(
        datasets=datasets_of(cfg, files),
        seed=cfg["seed"],
        repeats=cfg.get("repeats", 1),
        entries=cfg.get("entries", 0),
        classifier=cfg.get("classifier", {}),
        control=cfg.get("control", {}),
        rows=joined((read_table(path, COLUMNS) for path in files.get("rows", [])), COLUMNS),
    )
    result = analysis.result(given)
    table = result.table
    if analysis.per == "sample" and "events" in given.sample.paths:
        # Notes on how the sample was read belong to each of its numbers.
        table = with_note(table, given.sample.attributes.get("note", ""))
    write_numbers(outputs["rows"], table)
    if result.findings is not None:
        write_findings(outputs["findings"], result.findings)
    if result.pictures is not None:
        write_pictures(outputs["pictures"], result.pictures)
    if result.arrays is not None:
        write_arrays(outputs["arrays"], result.arrays)
    if result.events is not None:
        write_events(outputs["events"], result.events, **result.about)
    if result.costs is not None:
        write_costs(outputs["costs"], result.costs)
