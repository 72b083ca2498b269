"""Join the shards of a sample, or of a simulated truth, block by block."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.costs import mean_cost, read_costs, write_costs
from ultimetric.data.rows import join_files
from ultimetric.stages import Paths


def gather(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    join_files(files["parts"], outputs["joined"])
    if "costs" in outputs:
        costs = [cost for shard in files["costs"] for cost in read_costs(shard)]
        write_costs(outputs["costs"], [mean_cost(costs)])
