"""A rare tail, too small for any AUC, is missing."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.faults.base import Missing, last
from ultimetric.kinds.showers.kind import Showers


class RareTail(Missing):
    """Showers with the largest values of one observable are missing, a share f of all.

    This is like the cut in the mass of jets in arXiv:2305.16774: the ideal AUC of 0.5 + f/2 is
    within the error of any AUC, but the tail of the observable is clearly empty.
    """

    defaults: ClassVar = {"observable": "sigma_0"}
    limits: ClassVar = {"observable": "observable"}

    @property
    def expected(self) -> tuple[str, ...]:
        return (self.options["observable"],)

    def missing(self, showers: Showers, fraction: float, rng: np.random.Generator) -> np.ndarray:
        observable = self.kind.observables[self.options["observable"]]
        return last(observable.values(showers), fraction)
