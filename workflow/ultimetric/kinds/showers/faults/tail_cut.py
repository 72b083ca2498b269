"""A tail of the response is cut."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ultimetric.errors import UserError
from ultimetric.faults.base import Missing, last
from ultimetric.kinds.showers.geometry import GEV
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.kinds.showers.measures import ratio


class TailCut(Missing):
    """Showers of the lowest (`end: low`) or highest E_tot/E_inc are missing.

    At equal incident energy the response and the visible energy are the same number, so that both
    are the planted family.
    """

    defaults: ClassVar = {"end": "low"}
    limits: ClassVar = {"end": "low | high"}

    def __init__(self, options: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(options, kind)
        if self.options["end"] not in ("low", "high"):
            raise UserError(f"fault tail_cut: end {self.options['end']!r} is not low or high")

    @property
    def expected(self) -> tuple[str, ...]:
        return ("response", "E_tot")

    def missing(self, showers: Showers, fraction: float, rng: np.random.Generator) -> np.ndarray:
        response = ratio(showers.layer_energies.sum(1) / GEV, showers.energy)
        return last(-response if self.options["end"] == "low" else response, fraction)
