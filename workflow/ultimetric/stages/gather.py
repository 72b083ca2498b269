"""Join the shards of a sample, block by block."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.costs import mean_cost, read_costs, write_table
from ultimetric.data.files import read_attributes, shower_writer, stream_showers
from ultimetric.data.geometry import Geometry
from ultimetric.stages.door import Paths, open_door


def gather(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    geometry = Geometry.from_config(cfg["geometry"])
    with shower_writer(outputs["sample"], **read_attributes(inputs["samples"][0])) as append:
        for shard in inputs["samples"]:
            for block in stream_showers(shard, geometry):
                append(block)
    costs = [cost for shard in inputs["costs"] for cost in read_costs(shard)]
    write_table(outputs["costs"], [mean_cost(costs)])


if __name__ == "__main__":
    open_door(gather)
