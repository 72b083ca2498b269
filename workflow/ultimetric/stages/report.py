"""Write report.html: tables, figures and captions of a study in one self-contained page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ultimetric.costs import read_costs
from ultimetric.failures.table import read_failures
from ultimetric.metrics.base import read_rows
from ultimetric.report.page import render
from ultimetric.snake.notes import damaged
from ultimetric.stages import Paths


def report(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    """Join the figures of cfg (in its order) with the tables and the provenance."""
    provenance = json.loads(files["provenance"][0].read_text(encoding="utf-8"))
    readers = {"metrics": read_rows, "costs": read_costs, "failures": read_failures}
    tables = {name: read(files[name][0], published=True) for name, read in readers.items()}
    for name, rows in provenance["rows"].items():
        if len(tables[name]) != rows:
            raise damaged(files[name][0], f"it has {len(tables[name])} of {rows} rows")
    page = render(
        files["template"][0],
        cfg,
        files["figures"],
        tables["metrics"],
        tables["costs"],
        tables["failures"],
        provenance,
    )
    outputs["html"].write_text(page, encoding="utf-8")
