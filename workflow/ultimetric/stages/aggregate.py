"""Collect the numbers, mark what is not to be trusted, and say where everything came from."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from ultimetric.costs import read_costs, write_costs
from ultimetric.findings.table import read_failures, write_failures
from ultimetric.metrics.base import read_rows, write_rows
from ultimetric.analyses.sensitivity import mark_insensitive
from ultimetric.stages import Paths

PACKAGES = (
    "h5py", "matplotlib", "numpy", "scikit-learn", "scipy", "snakemake", "torch", "zuko",
)  # fmt: skip


def aggregate(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    rows = [row for path in files["metrics"] for row in read_rows(path)]
    write_rows(outputs["metrics"], mark_insensitive(rows), published=True)
    costs = [cost for path in files["costs"] for cost in read_costs(path)]
    write_costs(outputs["costs"], costs, published=True)
    found = [row for path in files["failures"] for row in read_failures(path)]
    write_failures(outputs["failures"], found, published=True)
    config = json.dumps(cfg["config"], sort_keys=True)
    provenance = {
        "study": cfg["study"],
        "seed": cfg["config"]["seed"],
        "data_sha256": cfg["sha256"],
        "simulations": cfg["simulations"],
        "code": cfg["code"],
        "config_sha256": hashlib.sha256(config.encode()).hexdigest(),
        "config": cfg["config"],
        "devices": sorted({cost.device for cost in costs}),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "versions": versions(),
        "rows": {"metrics": len(rows), "costs": len(costs), "failures": len(found)},
    }
    outputs["provenance"].write_text(json.dumps(provenance, indent=2, sort_keys=True) + "\n")


def versions() -> dict[str, str]:
    """Versions of the packages that are here; deployed environments do not hold all of them."""
    installed = {d.name: d.version for d in metadata.distributions()}
    return {name: installed[name] for name in PACKAGES if name in installed}
