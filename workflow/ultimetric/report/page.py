"""Put tables, figures and captions into the template."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from ultimetric.costs import Cost
from ultimetric.findings.table import Failure
from ultimetric.figures.labels import FLOOR, label
from ultimetric.metrics.base import Row
from ultimetric.statistics.pvalues import p_text
from ultimetric.report.captions import to_html
from ultimetric.report.findings import verdicts as findings_of
from ultimetric.report.scores import (
    distance_tables,
    exact_tables,
    memory_tables,
    own_tables,
    pair_tables,
    score_tables,
    size_tables,
)
from ultimetric.report.verdict import by_dataset, control_text, fault_text, number, verdicts
from ultimetric.tables import cells

# Sections in reading order, each with its figure modules; a module of no section comes last.
SECTIONS = {
    "Classifier weights": ("weights", "weight_uncertainty"),
    "Findings": ("findings",),
    "Where the tails sit": ("clustering",),
    "Samples after reweighting": ("reweighting",),
    "Planted faults": ("trials",),
    "Data": ("averages", "gallery", "neighbours"),
    "Training": ("losses", "classifier_losses"),
    "Samples": ("summary", "auc_correlation", "auc_energy"),
    "Classifier": ("roc", "calibration"),
    "Observables": ("observables", "response", "voxel_spectrum", "correlations"),
    "Incident energy": ("energy_regression",),
    "Exact weights": ("agreement", "exact_weights", "jet_masses", "auc_events"),
    "Conditioning": ("scan_curves", "scan_images"),
}
LAST_SECTION = "More figures"


@dataclass(frozen=True)
class Picture:
    """A figure: title, PNG as base64 and its caption, which may be empty."""

    name: str
    title: str
    png: str
    caption: Markup


def render(
    template: Path,
    cfg: dict[str, Any],
    figures: list[Path],
    rows: list[Row],
    costs: list[Cost],
    failures: list[Failure],
    provenance: dict[str, Any],
) -> str:
    """Return the page.

    Arguments:
        template: of the page (jinja2).
        cfg: {"study", "figures": [{"name", "dataset", "module", "title", "caption"}],
            "samples": {dataset: samples in their order}, "controls": {sample: kind}, "style"};
            captions are texts and may be empty. If failures were searched, "failures" names the
            {"method", "inputs"} of the weights.
        figures: PNG of each figure of cfg, in the same order.
        rows: of metrics.csv.
        costs: of costs.csv.
        failures: of failures.csv.
        provenance: anything that JSON can hold.
    """
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FileSystemLoader(template.parent),
    )
    environment.filters |= {"number": number, "control": control_text, "fault": fault_text}
    environment.filters["pvalue"] = p_text
    name = partial(label, cfg["style"])
    found = verdicts(rows, failures, bool(cfg.get("failures")))
    return environment.get_template(template.name).render(
        study=cfg["study"],
        exact=exact_tables(rows, name, cfg["samples"]),
        verdicts=by_dataset(found, cfg["samples"], cfg["controls"]),
        baseline=name(FLOOR),
        scores=score_tables(rows, name, cfg["samples"], cfg["controls"]),
        distances=distance_tables(rows, name, cfg["samples"], cfg["controls"]),
        own=own_tables(rows, name, cfg["samples"]),
        pairs=pair_tables(rows, name, cfg["samples"]),
        memory=memory_tables(rows, name, cfg["samples"]),
        sizes=size_tables(rows, name, cfg["samples"]),
        searched=cfg.get("failures"),
        wrong=findings_of(failures, name, cfg["samples"], cfg["controls"]),
        sections=_sections(cfg, figures),
        rows=rows,
        costs=[dict(zip(vars(cost), cells(cost), strict=True)) for cost in costs],
        provenance=provenance,
        label=name,
        dump=partial(json.dumps, indent=2, ensure_ascii=False),
    )


def _sections(cfg: dict[str, Any], paths: list[Path]) -> dict[str, list[Picture]]:
    sections: dict[str, list[Picture]] = {name: [] for name in (*SECTIONS, LAST_SECTION)}
    for figure, path in zip(cfg["figures"], paths, strict=True):
        section = _section_of(figure["module"])
        picture = Picture(
            name=f"{figure['dataset']}-{figure['name']}",
            title=f"{label(cfg['style'], figure['dataset'])}: {figure['title']}",
            png=base64.b64encode(path.read_bytes()).decode(),
            caption=to_html(figure["caption"]),
        )
        sections[section].append(picture)
    return {name: pictures for name, pictures in sections.items() if pictures}


def _section_of(module: str) -> str:
    found = (name for name, modules in SECTIONS.items() if module in modules)
    return next(found, LAST_SECTION)
