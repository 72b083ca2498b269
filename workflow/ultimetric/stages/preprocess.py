"""Divide the truth of a dataset and say what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.data.duplicates import duplicate_groups
from ultimetric.data.hdf5 import check_unchanged
from ultimetric.data.spectra import within
from ultimetric.data.splits import split_rows
from ultimetric.kinds.showers.formats.calogan import ShowerFile, read_attributes, write_showers
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.unusual import unusual
from ultimetric.stages.door import Paths, log, open_door

LONGEST = 10_000  # characters of an attribute that is handed on


def preprocess(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    path = inputs["truth"][0]
    geometry = Geometry.from_config(cfg["geometry"])
    if "sha256" in cfg:  # else it was simulated, and the attributes say how
        check_unchanged(path, cfg["sha256"])
    everything = ShowerFile(path, geometry)
    inside = np.flatnonzero(within(everything.energy, cfg.get("energy_range_GeV")))
    showers = ShowerFile(path, geometry, inside)
    groups = duplicate_groups(showers)
    counts = {"n_showers": len(showers), **unusual(showers, groups)}
    log.info("%s: %s", path, counts)
    rows = split_rows(groups, cfg["final"], cfg["generator"], cfg["classifier"])
    # Files from outside may have attributes of any kind and size.
    told = {k: v for k, v in read_attributes(path).items() if isinstance(v, (str, int, float))}
    source = {k: v for k, v in told.items() if len(str(v)) < LONGEST}
    source |= {k: str(v) for k, v in counts.items()}
    if "energy_range_GeV" in cfg:
        source["energy_range_GeV"] = cfg["energy_range_GeV"]
    for part, chosen in rows.items():
        attributes = source | {"part": part}
        if "sha256" in cfg:
            attributes["sha256"] = cfg["sha256"]
        write_showers(outputs[part], ShowerFile(path, geometry, inside[chosen]), **attributes)
        log.info("%s: %d showers", part, len(chosen))


if __name__ == "__main__":
    open_door(preprocess)
