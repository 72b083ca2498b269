"""CPU time per shower of Geant4 against the incident energy, as a table of costs.

    GEANT4_DATA_DIR=... python benchmarks/geant4_times.py calogan calogan e+ OUTPUT.costs.csv

The arguments are a detector, a geometry and a particle; the table is for the key `costs` of a
dataset, or beside a bundled truth. CPU time hardly depends on what else the machine does.
"""

from __future__ import annotations

import statistics
import sys
import time
from datetime import date

import pandas as pd
import torch

from ultimetric.costs import SIMULATE, time_per
from ultimetric.kinds.showers.geant4.detector import detector_config
from ultimetric.kinds.showers.geant4.simulator import VERSION, Geant4
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.kinds.showers.simulation import PHYSICS, Geant4Showers, incident_energies
from ultimetric.timing.machine import model_of

CPU = torch.device("cpu")
VALUES, SHOWERS, SPECTRUM = 5, 20, 100


def main() -> None:
    detector, name, particle, path = sys.argv[1:]
    options = Geant4Showers.defaults | {"particle": particle}
    geometry = Geometry.from_config(geometry_config(name))
    physics = {key: options[key] for key in PHYSICS}
    simulation = Geant4(detector_config(detector), geometry, **physics)
    simulation.shower(geometry.energy_range_GeV[0], 0)  # reads the tables
    drawn = incident_energies(1, geometry.energy_range_GeV, range(SPECTRUM), geometry.spectrum)
    rows = [row(simulation, time_per("shower"), drawn.tolist(), "the truth's spectrum")]
    condition = ShowerKind.of(geometry).condition
    for value in (float(f"{x:.3g}") for x in condition.steps(VALUES)):
        rows.append(row(simulation, time_per("shower", value, "GeV"), [value] * SHOWERS, ""))
    about = f"{VERSION}, {particle} in {detector}, CPU time on {model_of(CPU)}, {date.today()}"
    table = pd.DataFrame(rows).assign(unit="ms", device="cpu", stage=SIMULATE)
    table["note"] = about + "; " + table["note"]
    table.round(3).to_csv(path, index=False)


def row(simulation: Geant4, quantity: str, energies: list[float], note: str) -> dict:
    """Mean CPU time in ms with the error of the mean."""
    ms = []
    for seed, energy in enumerate(energies, 1):
        start = time.process_time()
        simulation.shower(energy, seed)
        ms.append(1e3 * (time.process_time() - start))
    error = statistics.stdev(ms) / len(ms) ** 0.5
    note = "; ".join(filter(None, [f"mean of {len(ms)} showers", note]))
    print(quantity, statistics.mean(ms), error, flush=True)
    return {"quantity": quantity, "value": statistics.mean(ms), "error": error, "note": note}


if __name__ == "__main__":
    main()
