"""Incident energies are missing inside a window."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.errors import UserError
from ultimetric.faults.base import Missing, last
from ultimetric.kinds.showers.kind import Showers


class Window(Missing):
    """Showers of low incident energy are missing, between the share `above` and above + f.

    At a given energy showers are as in the truth: only the incident energies are wrong.
    """

    defaults: ClassVar = {"above": 0.05}
    limits: ClassVar = {"above": "number in [0, 1)"}

    @property
    def expected(self) -> tuple[str, ...]:
        return ("E_inc",)

    def missing(self, showers: Showers, fraction: float, rng: np.random.Generator) -> np.ndarray:
        below = self.options["above"]
        if not 0 <= below <= 1 - fraction:
            raise UserError(f"fault window: above {below!r} is not between 0 and 1 - fraction")
        return last(-showers.energy, below + fraction) & ~last(-showers.energy, below)
