"""A report of made-up numbers, findings and costs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from places import REPOSITORY
from reported import CONTROLS, ORDER, ROWS

from ultimetric.analyses.classifier import ClassifierTest
from ultimetric.analyses.findings import Findings
from ultimetric.analyses.memorisation import Memorisation
from ultimetric.analyses.numbers import number_table, write_numbers
from ultimetric.analyses.pairs import Pairs
from ultimetric.analyses.training_size import TrainingSize
from ultimetric.costs import COSTS, write_costs
from ultimetric.findings.pictures import Picture, write_pictures
from ultimetric.findings.table import FINDINGS, write_findings
from ultimetric.stages.report import report
from ultimetric.tables import frame_of

TEMPLATE = REPOSITORY / "workflow/report/report.html.j2"
LABELS = {"truth": "Geant4 vs Geant4", "flow": "My <flow>", "planted": "planted fault"}
STYLE = {"labels": LABELS}
PNG = b"\x89PNG-not-really"
FOUND = frame_of(
    (
        {
            "dataset": "eplus",
            "sample": "flow",
            "rank": rank,
            "observable": f"E_{rank}",
            "pvalue": pvalue,
            "sentence": f"E_{rank} <= 2 GeV is wrong",
            "label": f"energy, layer {rank}",
        }
        for rank, pvalue in enumerate((0, 2.87653e-05, 0.001, 0.002, 0.003, 0.004), 1)
    ),
    FINDINGS,
)
COST = {
    "sample": "flow",
    "stage": "sample",
    "quantity": "time_per_shower",
    "value": 0.31,
    "error": 0.02,
    "unit": "ms",
    "device": "cpu",
    "batch": 1000,
    "threads": 2,
    "note": "dataset eplus; warm",
}
OPTIONS = {"method": "dnn", "inputs": "high_level"}
DEPARTS = {"flow": ["Its <blocks> are dense.", "The width is 256."]}
TABLES = [
    {"analysis": "mine", "section": analysis.section, "options": {"eplus": OPTIONS}, **literal}
    for analysis in (TrainingSize, Memorisation, Pairs, Findings, ClassifierTest)
    for literal in analysis.tables
]


def figure(name: str, section: str, title: str, caption: str) -> dict[str, str]:
    return {
        "name": name,
        "dataset": "eplus",
        "samples": ["flow"],
        "section": section,
        "title": title,
        "caption": caption,
    }


def page_in(folder: Path) -> str:
    """Write the report in a folder; its text."""
    write_numbers(folder / "metrics", number_table(ROWS), published=True)
    write_costs(folder / "costs", frame_of([COST], COSTS), published=True)
    write_findings(folder / "findings", FOUND, published=True)
    provenance = {"seed": 7, "versions": {"torch": "2.9.1"}, "data": {"eplus": {"sha256": "ab12"}}}
    provenance["rows"] = {"metrics": len(ROWS), "costs": 1, "findings": len(FOUND)}
    (folder / "provenance").write_text(json.dumps(provenance))
    (folder / "figure.png").write_bytes(PNG)
    figures = [
        figure("mine", "", "a figure of my own", ""),
        figure(
            *("w", "Classifier weights", "weights"), "How to read ``w``.\n\nSecond <paragraph>.\n"
        ),
    ]
    cfg = {"study": "default", "figures": figures, "tables": TABLES, "style": STYLE}
    cfg |= {"datasets": list(ORDER), "inputs_of_some": {}}
    cfg |= {"samples": ORDER, "controls": CONTROLS, "parts": [], "departs": DEPARTS}
    cfg["searched"] = [["eplus", name] for name in ORDER["eplus"]]
    cfg |= {"pictures": [["eplus", "flow"]], "colours": {"flow": "#e76300"}}
    paths = {name: [folder / name] for name in ("metrics", "costs", "findings", "provenance")}
    paths |= {"figures": [folder / "figure.png"] * 2, "template": [TEMPLATE]}
    paths["pictures"] = [folder / "pictures.hdf5"]
    counts = np.array([5, 20, 5])
    first = Picture("energy (GeV)", "linear", np.arange(4.0), counts, counts[::-1])
    write_pictures(folder / "pictures.hdf5", {1: first, 6: first})
    report(cfg, paths, {"html": folder / "report.html"})
    return (folder / "report.html").read_text(encoding="utf-8")
