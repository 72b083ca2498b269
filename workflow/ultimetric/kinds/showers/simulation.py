"""Showers simulated with Geant4."""

from __future__ import annotations

import logging
import time
from math import ceil
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ultimetric.config.sentences import conformed
from ultimetric.data.hdf5 import read_attributes
from ultimetric.errors import UserError
from ultimetric.forms.names import one_of
from ultimetric.kinds.showers.files import DetectorFile
from ultimetric.kinds.showers.geant4.detector import detector_config, scored, volumes
from ultimetric.kinds.showers.geant4.particles import PDG_CODES
from ultimetric.kinds.showers.geant4.spectra import Spectrum, draw_energies, mean_energy
from ultimetric.kinds.showers.geant4.tables import VARIABLE, tables_folder, tables_name
from ultimetric.kinds.showers.geometry import Geometry, read_by
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.kinds.simulation import Simulation
from ultimetric.seeds import seed_from

log = logging.getLogger("ultimetric")

SECONDS_PER_GEV = 0.02  # of a positron on one core, generously
WRITTEN = 100  # showers in memory
PHYSICS = ("particle", "em", "hadrons", "range_cut_mm")


class Geant4Showers(Simulation):
    """Particles that hit a calorimeter at a right angle, at the place of the geometry's beam.

    Options:
        detector: The material: the name of a file of workflow/resources/detectors, or the path of
            a .yaml file.
        particle: The name of the particle, one of PDG_CODES.
        showers: The number of showers.
        seed: The random seed; the seed of a shower follows from it, the particle and the row.
        energy_range_GeV: The range of the kinetic energies; by default the geometry's.
        spectrum: Their distribution, uniform or log-uniform, or the only energies, equally
            likely, in GeV; by default the geometry's.
        em, hadrons: The names of Geant4's physics lists.
        range_cut_mm: The range below which secondaries are not tracked.
    """

    unit = "showers"
    defaults: ClassVar = {
        "detector": None,
        "particle": None,
        "showers": None,
        "seed": 1,
        "energy_range_GeV": None,
        "spectrum": None,
        "em": "standard",
        "hadrons": "FTFP_BERT",
        "range_cut_mm": 0.7,
        "showers_per_job": 500,
    }
    limits: ClassVar = {
        "detector": "text",
        "particle": "text",
        "showers": "whole in [1, 100000000]",
        "seed": "whole >= 0",
        "energy_range_GeV": "list of number > 0",
        "spectrum": "uniform | log-uniform or list of number > 0",
        "em": "standard | option1 | option2 | option3 | option4 | livermore | penelope",
        "hadrons": "FTFP_BERT | FTFP_BERT_HP | QGSP_BERT | QGSP_BERT_HP | QGSP_BIC | QGSP_BIC_HP",
        "range_cut_mm": "number > 0",
        "showers_per_job": "whole >= 1",
    }
    needed = ("detector", "particle", "showers")
    packages = ("calzone",)
    variables = (VARIABLE,)

    def slice(self, options: dict[str, Any], kind: dict[str, Any], place: str) -> dict[str, Any]:
        """The cells of the geometry, or those that it rebins or crops, are filled; the threshold
        is applied when the truth is read.
        """
        one_of(options["particle"], PDG_CODES, f"{place}.particle")
        geometry = kind["options"]["geometry"]
        full = read_by(geometry)
        energies = options["energy_range_GeV"] or full["energy_range_GeV"]
        name = options["detector"]
        content = conformed(DetectorFile, detector_config(name), f"detector {name}")
        detector = content.model_dump(exclude_unset=True)
        readout = {**full, "energy_range_GeV": energies, "threshold_MeV": 0}
        if options["spectrum"]:
            readout["spectrum"] = options["spectrum"]
        _check_energies(energies, Geometry.from_config(geometry), place)
        volumes(detector, Geometry.from_config(readout).total_depth_mm)
        taken = {key: options[key] for key in (*PHYSICS, "seed", "showers")}
        return taken | {"detector": detector, "readout": readout}

    def found(self, made: Path) -> dict[str, Any]:
        """The version of Geant4's tables on this machine; without tables, that of a finished
        truth, which need not be made again; None if neither is known.
        """
        try:
            return {"tables": tables_name()}
        except UserError:
            known = read_attributes(made) if made.exists() else {}
            return {"tables": known.get("geant4_data")}

    def minutes(self, cfg: dict[str, Any]) -> int:
        start, stop = cfg["rows"]
        readout = Geometry.from_config(cfg["readout"])
        mean = mean_energy(readout.spectrum, readout.energy_range_GeV)
        return 5 + ceil((stop - start) * mean * SECONDS_PER_GEV / 60)

    def check_tools(self, place: str) -> None:
        super().check_tools(place)
        tables_folder()

    def run(self, cfg: dict[str, Any], path: Path) -> None:
        # Only jobs need calzone, which a machine that plans may lack once the truth is there.
        from ultimetric.kinds.showers.geant4.simulator import VERSION, Geant4

        check_tables(cfg["tables"])
        readout = Geometry.from_config(cfg["readout"])
        geant4 = Geant4(cfg["detector"], readout, **{name: cfg[name] for name in PHYSICS})
        rows = range(*cfg["rows"])
        energies = incident_energies(cfg["seed"], readout.energy_range_GeV, rows, readout.spectrum)
        seeds = [seed_from(cfg["seed"], cfg["particle"], row) for row in rows]
        kind = ShowerKind.of(readout)
        about = {**_attributes(cfg), "simulation": VERSION}
        with kind.formats[0].writer(path, kind, True, **about) as append:
            for first in range(0, len(rows), WRITTEN):
                start = time.monotonic()
                chosen = slice(first, first + WRITTEN)
                pairs = zip(energies[chosen].tolist(), seeds[chosen], strict=True)
                deposits = np.stack([geant4.shower(energy, seed) for energy, seed in pairs])
                voxels, overflow = np.split(
                    deposits.astype(np.float32), [readout.n_voxels], axis=1
                )
                append(Showers(kind, energies[chosen], voxels), overflow=overflow)
                seconds = (time.monotonic() - start) / len(deposits)
                done = first + len(deposits)
                log.info("%d of %d showers: %.3f s each", done, len(rows), seconds)


def incident_energies(
    seed: int, range_GeV: tuple[float, float], rows: range, spectrum: Spectrum = "uniform"
) -> np.ndarray:
    """Kinetic energies of rows of a truth in GeV, the same for every particle.

    Arguments:
        seed: The random seed.
        range_GeV: Their lowest and their highest value.
        rows: The rows of the truth.
        spectrum: The name of their distribution, or the only energies that there are.
    """
    rng = np.random.default_rng(seed_from(seed, "energies"))
    drawn = draw_energies(rng, spectrum, range_GeV, rows.stop)[rows.start :]
    return drawn.astype(np.float32).astype(np.float64)  # as they will be stored


def check_tables(planned: str | None) -> None:
    """Refuse other tables than those of the plan, which may be of another machine."""
    folder, found = tables_folder(), tables_name()
    log.info("Geant4 data: %s (%s)", folder, found)
    if planned not in (None, found):
        raise UserError(
            f"simulation: the Geant4 data in {folder} are not those that were planned with: "
            f"{found}, but there {planned}"
        )


def _check_energies(energies: list[float], geometry: Geometry, place: str) -> None:
    """Refuse energies that are not a range within that of the geometry."""
    low, high = geometry.energy_range_GeV
    if len(energies) != 2 or not low <= energies[0] <= energies[1] <= high:
        raise UserError(
            f"{place}: {' to '.join(f'{x:g}' for x in energies)} GeV is not a range within the "
            f"geometry's {low:g} to {high:g} GeV"
        )


def _attributes(cfg: dict[str, Any]) -> dict[str, Any]:
    readout = cfg["readout"]
    low, high = readout["energy_range_GeV"]
    x_mm, y_mm = readout.get("beam_mm", (0, 0))
    place = f"at ({x_mm:g}, {y_mm:g}) mm" if x_mm or y_mm else "centred"
    return {
        "particle": cfg["particle"],
        "incidence": f"perpendicular, {place}, E {readout.get('spectrum', 'uniform')} in "
        f"[{low}, {high}] GeV",
        "detector": cfg["detector"]["name"],
        "deposit": scored(cfg["detector"]),
        "physics_list": f"{cfg['em']} EM + {cfg['hadrons']}",
        "range_cut_mm": cfg["range_cut_mm"],
        "geant4_data": tables_name(),
        "seed": f"{cfg['seed']}; each shower its own from it, its particle and its row",
        "threshold": "none applied",
    }
