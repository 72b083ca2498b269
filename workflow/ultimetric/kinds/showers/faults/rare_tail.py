"""A tail that no AUC sees is missing."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.faults.base import Missing, last
from ultimetric.kinds.showers.kind import Showers


class RareTail(Missing):
    """Showers with the largest values of one observable are missing, as few as f says.

    As the cut in the jets' mass of arXiv:2305.16774: the ideal AUC of 0.5 + f/2 is hidden by the
    error of any AUC, while the missing part is a plain fact of the tail.
    """

    defaults: ClassVar = {"observable": "sigma_0"}
    limits: ClassVar = {"observable": "observable"}

    @property
    def expected(self) -> tuple[str, ...]:
        return (self.options["observable"],)

    def missing(self, showers: Showers, fraction: float, rng: np.random.Generator) -> np.ndarray:
        observable = self.kind.observables[self.options["observable"]]
        return last(observable.values(showers), fraction)
