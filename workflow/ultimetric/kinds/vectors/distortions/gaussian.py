"""Shift normal vectors or change their width, with log w and AUC in closed form."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from scipy.special import fdtr, ndtr

from ultimetric.distortions.base import Distorted, Distortion
from ultimetric.errors import UserError
from ultimetric.events import Events
from ultimetric.kinds.vectors.kind import VectorKind
from ultimetric.kinds.vectors.observables import along, length


class Gaussian(Distortion):
    """A sample that is shifted by d along the diagonal, or has the width s in all D dimensions.

    For a shift, log w = d^2/2 - d x_d, with x_d the component along the diagonal, so that every
    dimension contributes a little, and AUC = Phi(|d| / sqrt 2). For a width s,
    log w = D log s - (1 - 1/s^2) |x|^2/2. As |x|^2 of the truth and |x|^2 / s^2 of the sample have
    chi^2 distributions, the AUC is the cumulative F distribution with D and D degrees of freedom
    at s^2 or, if s < 1, its complement.

    Options:
        shift: The shift d, default 0.
        width: The width s, default 1; either the shift or the width is given.
    """

    defaults: ClassVar = {"shift": 0.0, "width": 1.0}
    limits: ClassVar = {"shift": "number", "width": "number > 0"}

    def __init__(self, options: dict[str, Any], kind: VectorKind) -> None:
        super().__init__(options, kind)
        self.shift, self.width = self.options["shift"], self.options["width"]
        if (self.shift != 0) == (self.width != 1):
            raise UserError("either `shift` or `width` must be given")

    def distort(self, source: Events, entries: int, rng: np.random.Generator) -> Distorted:
        """Make a vector of the sample from each vector of the source."""
        taken = source[:entries]
        data = self.width * taken.data + self.shift / np.sqrt(self.kind.n_values)
        sample = self.kind.entries(taken.condition, data.astype(np.float32))
        return Distorted(sample, self.log_w, self.ideal_auc())

    def log_w(self, events: Events) -> np.ndarray:
        """Exact log w (N,) of vectors as they are stored."""
        if self.shift:
            return self.shift**2 / 2 - self.shift * events.each(along)
        square = events.each(length) ** 2
        return self.kind.n_values * np.log(self.width) - (1 - self.width**-2) * square / 2

    def ideal_auc(self) -> float:
        """The AUC of the exact weights."""
        if self.shift:
            return float(ndtr(abs(self.shift) / np.sqrt(2)))
        inner = fdtr(self.kind.n_values, self.kind.n_values, self.width**2)
        return float(inner if self.width > 1 else 1 - inner)
