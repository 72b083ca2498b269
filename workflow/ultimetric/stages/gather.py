"""Join the shards of a sample, or of a simulated truth, block by block."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.costs import COSTS, mean_cost, read_costs, write_costs
from ultimetric.data.rows import join_files
from ultimetric.stages import Paths
from ultimetric.tables import joined


def gather(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    join_files(files["parts"], outputs["joined"])
    if "costs" in outputs:
        costs = joined(map(read_costs, files["costs"]), COSTS)
        write_costs(outputs["costs"], mean_cost(costs))
