"""Particles that pass through without a shower are missing."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.faults.base import Missing
from ultimetric.kinds.showers.kind import Showers


class PunchThrough(Missing):
    """Charged pions that only ionise are missing, a share f of all showers.

    Such a pion deposits less than `most_MeV` in total. It differs from a shower in nearly all
    observables (few voxels with a deposit, all energy of a layer in the brightest one, no width),
    so that the planted family is large: energies, response, numbers of voxels hit, brightest
    voxels and widths.
    """

    defaults: ClassVar = {"most_MeV": 500.0}
    limits: ClassVar = {"most_MeV": "number > 0"}

    @property
    def expected(self) -> tuple[str, ...]:
        return (
            "response",
            "E_tot",
            "E_[0-9]*",
            "E_ratio_*",
            "sparsity_*",
            "brightest_*",
            "sigma_?",
            "l_d",
        )

    def missing(self, showers: Showers, fraction: float, rng: np.random.Generator) -> np.ndarray:
        passed = np.flatnonzero(showers.layer_energies.sum(1) < self.options["most_MeV"])
        chosen = np.zeros(len(showers), dtype=bool)
        n_missing = min(len(passed), round(fraction * len(showers)))
        chosen[rng.choice(passed, n_missing, replace=False)] = True
        return chosen
