"""Draw one figure of one dataset as PDF and PNG."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from ultimetric.findings.table import read_failures
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.style import PNG_DPI, look, message
from ultimetric.kinds.base import load_kind
from ultimetric.metrics.base import read_rows
from ultimetric.plugins import load_plugin
from ultimetric.stages import Paths


def figure(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    """Draw cfg["figure"] from truth, samples and their weights, in the order of cfg."""
    # matplotlib's font subsetting logs every table it leaves out.
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    options = dict(cfg["figure"])
    drawing = load_plugin(options.pop("plugin"), Figure)(options)
    found = files.get("failures", [])
    files = FigureInputs(
        dataset=cfg["dataset"],
        kind=load_kind(cfg["kind"]),
        truth=files["truth"][0],
        samples=dict(zip(cfg["samples"], files.get("samples", []), strict=True)),
        controls=tuple(cfg["controls"]),
        truth_observables=files["truth_observables"][0],
        observables=dict(zip(cfg["samples"], files.get("observables", []), strict=True)),
        weights=dict(zip(cfg["samples"], files.get("weights", []), strict=True)),
        histories=dict(zip(cfg["histories"], files.get("histories", []), strict=True)),
        scans=dict(zip(cfg["scans"], files.get("scans", []), strict=True)),
        exact=dict(zip(cfg["exact"], files.get("exact", []), strict=True)),
        rows=[row for path in files.get("rows", []) for row in read_rows(path)],
        regression=next(iter(files.get("regression", [])), None),
        failures=[row for path in found for row in read_failures(path)] if found else None,
        style=cfg["style"],
    )
    with look():
        try:
            drawn = drawing.drawn(files)
        except NothingToShowError as reason:
            drawn = message(f"{files.label(files.dataset)}: nothing to show, {reason}")
        except Exception as error:
            error.add_note(f"figure {cfg['figure']['plugin']} of {files.dataset} failed")
            raise
        drawn.draw_without_rendering()  # axes within axes have their place from the second time on
        # Without dates, equal inputs give equal files.
        drawn.savefig(outputs["pdf"], format="pdf", metadata={"CreationDate": None})
        drawn.savefig(outputs["png"], format="png", dpi=PNG_DPI)
