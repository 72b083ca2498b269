"""Write report.html: tables, figures and captions of a study in one self-contained page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ultimetric.analyses.numbers import COLUMNS
from ultimetric.costs import COSTS
from ultimetric.findings.pictures import read_pictures
from ultimetric.findings.table import FINDINGS
from ultimetric.report.chapters import Content
from ultimetric.report.findings import SHOWN, Drawn
from ultimetric.report.page import render
from ultimetric.report.thumbnails import thumbnail
from ultimetric.snake.notes import damaged
from ultimetric.stages import Paths
from ultimetric.tables import read_table


def report(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    """Write the page with the tables, the figures in the order of cfg, and the provenance."""
    provenance = json.loads(files["provenance"][0].read_text(encoding="utf-8"))
    tables = {}
    for name, columns in (("metrics", COLUMNS), ("costs", COSTS), ("findings", FINDINGS)):
        tables[name] = read_table(files[name][0], columns, published=True)
        if len(tables[name]) != (rows := provenance["rows"][name]):
            raise damaged(files[name][0], f"it has {len(tables[name])} of {rows} rows")
    pictures: Drawn = {
        (dataset, sample): {
            rank: thumbnail(picture, cfg["colours"][sample])
            for rank, picture in read_pictures(path).items()
            if rank <= SHOWN
        }
        for (dataset, sample), path in zip(cfg["pictures"], files["pictures"], strict=True)
    }
    content = Content(files["figures"], **tables, pictures=pictures, provenance=provenance)
    page = render(files["template"][0], cfg, content)
    outputs["html"].write_text(page, encoding="utf-8")
