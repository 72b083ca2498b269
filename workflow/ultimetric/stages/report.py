"""Write report.html: tables, figures and captions of a study in one self-contained page."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from ultimetric.costs import read_costs
from ultimetric.failures.table import read_failures
from ultimetric.figures.labels import label
from ultimetric.metrics.base import read_rows
from ultimetric.report.page import render
from ultimetric.report.scores import plain, score_tables, toy_tables
from ultimetric.stages.door import Paths, open_door


def report(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    """Join the figures of cfg (in its order) with the tables and the provenance; print AUCs."""
    rows = read_rows(inputs["metrics"][0])
    page = render(
        inputs["template"][0],
        cfg,
        inputs["figures"],
        rows,
        read_costs(inputs["costs"][0]),
        read_failures(inputs["failures"][0]),
        json.loads(inputs["provenance"][0].read_text(encoding="utf-8")),
    )
    outputs["html"].write_text(page, encoding="utf-8")
    name = partial(label, cfg["style"])
    toys = cfg.get("toys", [])
    of_samples = [row for row in rows if row.dataset not in toys]
    tables = score_tables(of_samples, name, cfg["samples"], cfg["controls"])
    for table in tables + toy_tables([row for row in rows if row.dataset in toys], name):
        print(f"\n{plain(table)}")


if __name__ == "__main__":
    open_door(report)
