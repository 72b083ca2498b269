"""Simulate showers with Geant4, one at a time; only this module imports calzone.

Every shower has a seed of its own, so that it depends neither on the showers before it nor on the
job that makes it; this costs no time.
"""

from __future__ import annotations

from typing import Any

import calzone
import numpy as np

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geant4.cells import add_deposits
from ultimetric.kinds.showers.geant4.detector import (
    CM,
    sampling_fraction,
    scored_at,
    start_mm,
    volumes,
)
from ultimetric.kinds.showers.geant4.particles import PDG_CODES
from ultimetric.kinds.showers.geometry import GEV, Geometry

ALONG = {"start": 0.0, "middle": 0.5}  # a step, where its deposit lies
VERSION = f"Geant4 {calzone.GEANT4_VERSION} through calzone {calzone.VERSION}"
# Deposits along steps and deposits at points, with the ends of the steps.
TABLES = {"line": ("start", "end"), "point": ("position", "position")}


class Geant4:
    """A simulation of particles that hit a calorimeter at a right angle, at the beam's place.

    Arguments:
        detector: The content of a detector file.
        readout: The geometry of the cells, whose depth is that of the detector.
        particle: The name of the particle, one of PDG_CODES.
        em, hadrons: The names of the physics lists.
        range_cut_mm: The range below which secondaries are not tracked.
    """

    def __init__(
        self,
        detector: dict[str, Any],
        readout: Geometry,
        particle: str,
        em: str,
        hadrons: str,
        range_cut_mm: float,
    ) -> None:
        depth_mm = readout.total_depth_mm
        self.readout = readout
        self.fraction = sampling_fraction(detector)
        self.along = ALONG[scored_at(detector)]
        self.code = PDG_CODES[particle]
        self.start = [CM * x for x in (*readout.beam_mm, start_mm(detector, depth_mm))]
        try:
            geometry = calzone.Geometry(volumes(detector, depth_mm))
        except ValueError as error:
            raise UserError(f"detector {detector['name']!r}: {error}") from None
        self.simulation = calzone.Simulation(geometry)
        self.simulation.physics = calzone.Physics(
            em, default_cut=CM * range_cut_mm, had_model=hadrons
        )
        self.simulation.sample_particles = False
        self.simulation.sample_deposits = "detailed"

    def shower(self, energy_GeV: float, seed: int) -> np.ndarray:
        """Simulate one particle of a kinetic energy.

        Returns:
            The deposits (n_voxels + n_layers,) in the sensitive materials over the sampling
            fraction, in MeV: those of the cells, then those beside the cells of each layer.

        Raises:
            UserError: Geant4's data are missing.
        """
        self.simulation.random = calzone.Random(seed)
        particle = calzone.particles(
            1, pid=self.code, energy=GEV * energy_GeV, position=self.start, direction=[0, 0, 1]
        )
        try:
            volumes = self.simulation.run(particle).values()
        except FileNotFoundError as error:
            raise UserError(f"simulation: {error}") from None
        total = np.zeros(self.readout.n_voxels + self.readout.n_layers)
        for name, ends in TABLES.items():
            parts = [getattr(volume, name) for volume in volumes]
            start, end = (
                np.concatenate([np.empty((0, 3)), *(part[place] for part in parts)])
                for place in ends
            )
            position = start + self.along * (end - start)
            deposit = np.concatenate([np.empty(0), *(part["value"] for part in parts)])
            add_deposits(self.readout, total, position / CM, deposit)
        return total / self.fraction
