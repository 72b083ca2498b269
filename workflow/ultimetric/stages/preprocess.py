"""Divide the truth of a dataset and say what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.data.counts import unusual
from ultimetric.data.duplicates import duplicate_groups
from ultimetric.data.files import ShowerFile, read_attributes, write_showers
from ultimetric.data.geometry import Geometry
from ultimetric.data.splits import split_rows
from ultimetric.stages.door import Paths, log, open_door


def preprocess(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    path = inputs["truth"][0]
    geometry = Geometry.from_config(cfg["geometry"])
    showers = ShowerFile(path, geometry)
    groups = duplicate_groups(showers)
    counts = {"n_showers": len(showers), **unusual(showers, groups)}
    log.info("%s: %s", path, counts)
    rows = split_rows(groups, cfg["final"], cfg["generator"], cfg["classifier"])
    source = read_attributes(path) | {k: str(v) for k, v in counts.items()}
    for part, chosen in rows.items():
        attributes = source | {"part": part}
        if "sha256" in cfg:  # else it was simulated, and the attributes say how
            attributes["sha256"] = cfg["sha256"]
        write_showers(outputs[part], ShowerFile(path, geometry, chosen), **attributes)
        log.info("%s: %d showers", part, len(chosen))


if __name__ == "__main__":
    open_door(preprocess)
