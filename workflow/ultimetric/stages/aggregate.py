"""Collect all numbers, mark those that are not to be trusted, and write the provenance."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from ultimetric.analyses.numbers import COLUMNS, write_numbers
from ultimetric.analyses.sensitivity import mark_insensitive
from ultimetric.costs import COSTS, JOBS, read_costs, stated_table, write_costs
from ultimetric.findings.table import FINDINGS, read_findings, write_findings
from ultimetric.stages import Paths
from ultimetric.tables import joined, read_table

PACKAGES = (
    "h5py", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy", "snakemake", "torch", "zuko",
)  # fmt: skip


def aggregate(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    """Join the tables of all jobs to the published tables of numbers, costs and findings."""
    rows = joined((read_table(path, COLUMNS) for path in files["rows"]), COLUMNS)
    write_numbers(outputs["metrics"], mark_insensitive(rows), published=True)
    costs = joined([*map(read_costs, files["costs"]), stated_table(cfg["stated"])], COSTS)
    write_costs(outputs["costs"], costs, published=True)
    found = joined(map(read_findings, files["findings"]), FINDINGS)
    write_findings(outputs["findings"], found, published=True)
    config = json.dumps(cfg["config"], sort_keys=True)
    provenance = {
        "study": cfg["study"],
        "seed": cfg["config"]["seed"],
        "data_sha256": cfg["sha256"],
        "downloads": cfg["downloads"],
        "simulations": cfg["simulations"],
        "code": cfg["code"],
        "config_sha256": hashlib.sha256(config.encode()).hexdigest(),
        "config": cfg["config"],
        "devices": sorted(set(costs.loc[costs["stage"].isin(JOBS), "device"])),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "versions": versions(),
        "rows": {"metrics": len(rows), "costs": len(costs), "findings": len(found)},
    }
    outputs["provenance"].write_text(json.dumps(provenance, indent=2, sort_keys=True) + "\n")


def versions() -> dict[str, str]:
    """The versions of the installed packages; deployed environments have only some of them."""
    installed = {d.name: d.version for d in metadata.distributions()}
    return {name: installed[name] for name in PACKAGES if name in installed}
