"""Photons of the annihilation of positrons at rest, each absorbed in one voxel."""

from __future__ import annotations

import numpy as np

from ultimetric.kinds.observables import Observable
from ultimetric.kinds.showers.kind import Showers

ELECTRON_MASS_MEV = 0.51099895  # CODATA 2018
RESOLUTION_MEV = 5e-4  # files may round deposits to 9 bits behind the leading one


class Annihilation(Observable):
    """The number of voxels that hold the energy of one such photon, the mass of the electron."""

    name = "annihilation"
    label = r"$N(E = m_e c^2)$"
    words = "number of voxels with 511 keV"
    edges = np.arange(-0.5, 31)
    group = "shape"

    def values(self, events: Showers) -> np.ndarray:
        difference = events.voxels - np.float32(ELECTRON_MASS_MEV)
        return (np.abs(difference) < RESOLUTION_MEV).sum(1).astype(np.float64)
