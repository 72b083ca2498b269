"""Draw one figure of one dataset as PDF and PNG."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from ultimetric.analyses.numbers import COLUMNS
from ultimetric.costs import COSTS, read_costs, stated_table
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.style import PNG_DPI, look, message
from ultimetric.figures.titles import wrap_titles
from ultimetric.findings.table import FINDINGS, read_findings
from ultimetric.plugins import load_plugin
from ultimetric.stages import Paths
from ultimetric.stages.given import datasets_of
from ultimetric.tables import joined, read_table

# Of trainings, of samplings, and of the analyses that measure costs.
COST_FILES = ("training_costs", "sampling_costs", "costs")


def figure(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    """Draw cfg["figure"] = {"plugin", options} of the only dataset of cfg.

    Besides what `datasets_of` reads, cfg["files"] names the roles "rows", "findings" and "arrays",
    whose keys are [module of the analysis, what the file is of, name of the analysis].
    """
    # matplotlib's font subsetting logs every table it leaves out.
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    options = dict(cfg["figure"])
    drawing = load_plugin(options.pop("plugin"), Figure)(options)
    given = _given(cfg, files)
    with look(cfg["style"].get("paper")):
        try:
            drawn = drawing.drawn(given)
        except NothingToShowError as reason:
            drawn = message(f"{given.label(given.dataset)}: nothing to show, {reason}")
        except Exception as error:
            error.add_note(f"figure {cfg['figure']['plugin']} of {given.dataset} failed")
            raise
        drawn.draw_without_rendering()  # axes within axes have their place from the second time on
        wrap_titles(drawn)
        # Without dates, equal inputs give equal files.
        drawn.savefig(outputs["pdf"], format="pdf", metadata={"CreationDate": None})
        drawn.savefig(outputs["png"], format="png", dpi=PNG_DPI)


def _given(cfg: dict[str, Any], files: Paths) -> FigureInputs:
    (dataset,) = datasets_of(cfg, files).values()
    arrays = zip(cfg["files"].get("arrays", []), files.get("arrays", []), strict=True)
    rows = [read_table(path, COLUMNS) for path in files.get("rows", [])]
    found = [read_findings(path) for path in files.get("findings", [])]
    costs = [read_costs(path) for role in COST_FILES for path in files.get(role, [])]
    costs.append(stated_table(cfg.get("stated", {})))
    return FigureInputs(
        files=dataset,
        controls=tuple(cfg["controls"]),
        style=cfg["style"],
        rows=joined(rows, COLUMNS),
        findings=joined(found, FINDINGS) if found else None,
        costs=joined(costs, COSTS),
        arrays={(module, place, name): path for (module, place, name), path in arrays},
    )
