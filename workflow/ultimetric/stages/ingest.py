"""Read somebody's sample and match its incident energies to the truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.data.hdf5 import check_unchanged
from ultimetric.data.matching import match_energies
from ultimetric.kinds.showers.formats.calogan import (
    ShowerFile,
    is_rebinned,
    read_energies,
    write_showers,
)
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.seeds import seed_from
from ultimetric.stages.door import Paths, log, open_door


def ingest(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    path = inputs["file"][0]
    geometry = Geometry.from_config(cfg["geometry"])
    seed = seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "ingest")
    check_unchanged(path, cfg["sha256"])
    # All of the truth, as when planning: what the plan accepts is not refused here.
    match = match_energies(
        read_energies(inputs["truth"][0]),
        read_energies(path),
        cfg["showers"],
        seed,
        str(path),
        cfg.get("energy_range_GeV"),
    )
    log.info("%s: %s", path, match.sentence)
    showers = ShowerFile(path, geometry, match.rows)
    notes = list(match.notes)
    if is_rebinned(path, geometry):
        notes.append("already summed to coarse cells: the threshold acted on sums")
    note = "; ".join(notes)
    write_showers(outputs["sample"], showers, sample=cfg["sample"], note=note)


if __name__ == "__main__":
    open_door(ingest)
