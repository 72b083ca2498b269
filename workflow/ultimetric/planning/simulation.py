"""What a dataset's `simulate` entry means, and whether it can be done."""

from __future__ import annotations

from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import Any

from ultimetric.data.geometry import Geometry
from ultimetric.errors import UserError
from ultimetric.simulation.detector import detector_config, volumes
from ultimetric.simulation.particles import PDG_CODES
from ultimetric.simulation.tables import tables_folder

DEFAULTS = {"seed": 1, "em": "standard", "hadrons": "FTFP_BERT", "range_cut_mm": 0.7}
SHOWERS_PER_JOB = 500
MOST_JOBS = 1000  # their names fit on one command line
SECONDS_PER_GEV = 0.02  # of a positron on one core, generously


def simulation_slice(entry: dict[str, Any], geometry: dict[str, Any]) -> dict[str, Any]:
    """Everything that the showers of a simulated truth follow from.

    Arguments:
        entry: the dataset's `simulate` entry.
        geometry: content of the dataset's geometry file. Its own cells, or those that it rebins,
            are filled, without a threshold: none is applied before the truth is read.
    """
    full = geometry.get("rebins", geometry)
    energies = entry.get("energy_range_GeV", full["energy_range_GeV"])
    return {
        **{name: entry.get(name, default) for name, default in DEFAULTS.items()},
        "particle": entry["particle"],
        "showers": entry["showers"],
        "detector": detector_config(entry["detector"]),
        "readout": {**full, "energy_range_GeV": energies, "threshold_MeV": 0},
    }


def simulation_shards(entry: dict[str, Any]) -> list[range]:
    """Rows of the truth that each simulation job makes."""
    size = entry.get("showers_per_job", SHOWERS_PER_JOB)
    n_showers = entry["showers"]
    return [range(i, min(i + size, n_showers)) for i in range(0, n_showers, size)]


def simulation_minutes(cfg: dict[str, Any]) -> int:
    """How long a job may take."""
    start, stop = cfg["rows"]
    low, high = cfg["readout"]["energy_range_GeV"]
    return 5 + ceil((stop - start) * (low + high) / 2 * SECONDS_PER_GEV / 60)


def check_simulation(
    place: str, entry: dict[str, Any], cfg: dict[str, Any], geometry: Geometry, made: Path
) -> None:
    """Refuse a simulation that cannot work.

    Arguments:
        place: where in the config, for messages.
        entry: the dataset's `simulate` entry.
        cfg: its slice.
        geometry: of the dataset.
        made: the truth, which needs no Geant4 once it is there.

    Raises:
        UserError: one sentence.
    """
    if cfg["particle"] not in PDG_CODES:
        known = ", ".join(PDG_CODES)
        raise UserError(f"{place}: the particle {cfg['particle']!r} is not one of {known}")
    jobs = len(simulation_shards(entry))
    if jobs > MOST_JOBS:
        raise UserError(f"{place}: {jobs} jobs, more than {MOST_JOBS}: raise showers_per_job")
    readout = Geometry.from_config(cfg["readout"])
    low, high = readout.energy_range_GeV
    allowed = geometry.energy_range_GeV
    if not allowed[0] <= low <= high <= allowed[1]:
        raise UserError(
            f"{place}: {low} to {high} GeV is not a range within the geometry's {allowed[0]} to "
            f"{allowed[1]} GeV"
        )
    volumes(cfg["detector"], sum(readout.depths_mm))
    if not made.exists():
        if find_spec("calzone") is None:
            raise UserError(f"{place}: simulations need calzone, which this environment lacks")
        tables_folder()
