"""Write report.html: tables, figures and captions of a study in one self-contained page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ultimetric.costs import read_costs
from ultimetric.failures.table import read_failures
from ultimetric.metrics.base import read_rows
from ultimetric.report.page import render
from ultimetric.stages.door import Paths, open_door


def report(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    """Join the figures of cfg (in its order) with the tables and the provenance."""
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


if __name__ == "__main__":
    open_door(report)
