"""Simulate showers: a shard of a truth."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geant4.simulator import VERSION, Geant4
from ultimetric.kinds.showers.geant4.tables import tables_folder, tables_name
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.seeds import seed_from
from ultimetric.stages.door import Paths, log, open_door

WRITTEN = 100  # showers in memory


def simulate(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    _check_tables(cfg["tables"])
    readout = Geometry.from_config(cfg["readout"])
    physics = {name: cfg[name] for name in ("particle", "em", "hadrons", "range_cut_mm")}
    geant4 = Geant4(cfg["detector"], readout, **physics)
    rows = range(*cfg["rows"])
    energies = incident_energies(cfg["seed"], readout.energy_range_GeV, rows)
    seeds = [seed_from(cfg["seed"], cfg["particle"], row) for row in rows]
    kind = ShowerKind.of(readout)
    about = _attributes(cfg)
    with kind.formats[0].writer(outputs["showers"], kind, True, **about) as append:
        for first in range(0, len(rows), WRITTEN):
            start = time.monotonic()
            chosen = slice(first, first + WRITTEN)
            pairs = zip(energies[chosen].tolist(), seeds[chosen], strict=True)
            deposits = np.stack([geant4.shower(energy, seed) for energy, seed in pairs])
            voxels, overflow = np.split(deposits.astype(np.float32), [readout.n_voxels], axis=1)
            append(Showers(kind, energies[chosen], voxels), overflow=overflow)
            seconds = (time.monotonic() - start) / len(deposits)
            log.info("%d of %d showers: %.3f s each", first + len(deposits), len(rows), seconds)


def incident_energies(seed: int, range_GeV: tuple[float, float], rows: range) -> np.ndarray:
    """Kinetic energies of a truth's rows in GeV: uniform, the same for every particle."""
    rng = np.random.default_rng(seed_from(seed, "energies"))
    drawn = rng.uniform(*range_GeV, rows.stop)[rows.start :]
    return drawn.astype(np.float32).astype(np.float64)  # as they will be stored


def _check_tables(planned: str | None) -> None:
    """Refuse tables other than those that the plan, which may be another machine's, relies on."""
    folder, found = tables_folder(), tables_name()
    log.info("Geant4 data: %s (%s)", folder, found)
    if planned not in (None, found):
        raise UserError(
            f"simulation: the Geant4 data in {folder} are not those that were planned with: "
            f"{found}, but there {planned}"
        )


def _attributes(cfg: dict[str, Any]) -> dict[str, Any]:
    low, high = cfg["readout"]["energy_range_GeV"]
    return {
        "particle": cfg["particle"],
        "incidence": f"perpendicular, centred, E uniform in [{low}, {high}] GeV",
        "detector": cfg["detector"]["name"],
        "deposit": "all material, scored at the pre-step point",
        "physics_list": f"{cfg['em']} EM + {cfg['hadrons']}",
        "range_cut_mm": cfg["range_cut_mm"],
        "simulation": VERSION,
        "geant4_data": tables_name(),
        "seed": f"{cfg['seed']}; each shower its own from it, its particle and its row",
        "threshold": "none applied",
    }


if __name__ == "__main__":
    open_door(simulate)
