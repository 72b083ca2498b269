"""What a dataset's `simulate` entry means, and whether it can be done."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import Any

from ultimetric.data.hdf5 import read_attributes
from ultimetric.errors import UserError
from ultimetric.forms.form import conformed
from ultimetric.kinds.showers.geant4.detector import detector_config, volumes
from ultimetric.kinds.showers.geant4.particles import PDG_CODES
from ultimetric.kinds.showers.geant4.tables import VARIABLE, tables_folder, tables_name
from ultimetric.kinds.showers.geometry import Geometry

DEFAULTS = {"seed": 1, "em": "standard", "hadrons": "FTFP_BERT", "range_cut_mm": 0.7}
SHOWERS_PER_JOB = 500
MOST_JOBS = 500  # their names fit on one command line
SECONDS_PER_GEV = 0.02  # of a positron on one core, generously
HANDED_ON = "ULTIMETRIC_GEANT4"  # the variable that tells jobs what the plan relies on


def simulation_slice(entry: dict[str, Any], kind: dict[str, Any]) -> dict[str, Any]:
    """Everything that the showers of a simulated truth follow from.

    Arguments:
        entry: the dataset's `simulate` entry.
        kind: The slice of the dataset's kind. The cells of its geometry, or those that it rebins,
            are filled, without a threshold: none is applied before the truth is read.
    """
    geometry = kind["options"]["geometry"]
    full = geometry.get("rebins", geometry)
    energies = entry.get("energy_range_GeV", full["energy_range_GeV"])
    return {
        **{name: entry.get(name, default) for name, default in DEFAULTS.items()},
        "particle": entry["particle"],
        "showers": entry["showers"],
        "detector": conformed(
            detector_config(entry["detector"]), "detector", f"detector {entry['detector']}"
        ),
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


def tables_here() -> str | None:
    """Name of Geant4's tables on this machine; None if it has none."""
    try:
        return tables_name()
    except UserError:
        return None


def tables_of(made: Path) -> str | None:
    """Name of the tables that a truth was made with; None if it is not there."""
    return read_attributes(made).get("geant4_data") if made.exists() else None


def hand_on_tables(tables: dict[str, str | None]) -> None:
    """Let jobs know the tables of each dataset, so that they work with the slices planned.

    A job may run where the tables, or the truth, are elsewhere or not at all. All is in one
    variable, in letters and digits: HTCondor's plugin (0.3.0) joins several in a way that HTCondor
    takes for one, and puts quotes around its value that stay.
    """
    known = json.dumps({"tables": tables, "folder": os.environ.get(VARIABLE)})
    os.environ[HANDED_ON] = urlsafe_b64encode(known.encode()).decode()


def handed_on_tables() -> dict[str, str | None]:
    """The tables of each dataset as planned; none if the batch system did not hand them on.

    Where nothing else says where the tables are, they are where the plan found them.
    """
    text = os.environ.get(HANDED_ON, "").strip('"')
    if not text:
        return {}
    known = json.loads(urlsafe_b64decode(text))
    if known["folder"]:
        os.environ.setdefault(VARIABLE, known["folder"])
    return known["tables"]


def check_simulation(
    place: str, entry: dict[str, Any], cfg: dict[str, Any], kind: dict[str, Any]
) -> None:
    """Refuse a simulation that cannot work.

    Arguments:
        place: where in the config, for messages.
        entry: the dataset's `simulate` entry.
        cfg: its slice.
        kind: The slice of the dataset's kind.

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
    allowed = Geometry.from_config(kind["options"]["geometry"]).energy_range_GeV
    if not allowed[0] <= low <= high <= allowed[1]:
        raise UserError(
            f"{place}: {low} to {high} GeV is not a range within the geometry's {allowed[0]} to "
            f"{allowed[1]} GeV"
        )
    volumes(cfg["detector"], sum(readout.depths_mm))


def check_tools(place: str) -> None:
    """Refuse to simulate where calzone or Geant4's tables are missing.

    Raises:
        UserError: one sentence.
    """
    if find_spec("calzone") is None:
        raise UserError(f"{place}: simulations need calzone, which this environment lacks")
    tables_folder()
