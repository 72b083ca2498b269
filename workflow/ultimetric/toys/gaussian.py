"""Gaussians in any number of dimensions: exact log w and exact AUC in closed form."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
from scipy.special import fdtr, ndtr

from ultimetric.errors import UserError
from ultimetric.toys.base import Toy
from ultimetric.toys.events import Events


class Gaussian(Toy):
    """Truth is N(0, 1) in D dimensions; the sample is shifted, or its width is another one.

    Shifted by d along the diagonal, so that every dimension knows a little of it:
    log w = d^2/2 - d x_d, with x_d the component along the diagonal; AUC = Phi(d / sqrt 2).
    Of width s in every dimension: log w = D log s - (1 - 1/s^2) |x|^2 / 2; |x|^2 of truth and
    |x|^2 / s^2 of the sample have chi^2 distributions, so that the AUC is the cumulative of the F
    distribution with D and D degrees of freedom at s^2, or, if s < 1, its complement.

    Options:
        dimensions: D, default 1.
        shift: d, default 0.
        width: s, default 1. One of shift and width is given.
    """

    defaults: ClassVar = {"dimensions": 1, "shift": 0.0, "width": 1.0}
    limits: ClassVar = {"dimensions": "whole >= 1", "shift": "number", "width": "number > 0"}
    features: ClassVar = {"vector": None}

    def __init__(self, options: dict[str, int | float]) -> None:
        super().__init__(options)
        dimensions, width = self.options["dimensions"], self.options["width"]
        if not isinstance(dimensions, int) or dimensions < 1 or width <= 0:
            raise UserError("`dimensions` is a positive integer, `width` is positive")
        if (self.options["shift"] != 0) == (width != 1):
            raise UserError("either `shift` or `width` must be given")

    @property
    def sample(self) -> str:
        if self.options["shift"]:
            return "shifted"
        return "wider" if self.options["width"] > 1 else "narrower"

    def draw(self, events: int, seed: int, jets: Path | None = None) -> Events:
        rng = np.random.default_rng(seed)
        dimensions, width = self.options["dimensions"], self.options["width"]
        x = rng.standard_normal((2 * events, dimensions), dtype=np.float32)
        x[events:] = width * x[events:] + self.options["shift"] / np.sqrt(dimensions)
        exact = x.astype(np.float64)  # weights of the events as they are stored
        along, length = exact.sum(1) / np.sqrt(dimensions), np.linalg.norm(exact, axis=1)
        return Events(
            inputs={"vector": x},
            layouts={},
            label=np.repeat([1, 0], events).astype(np.int8),
            group=np.arange(2 * events),
            log_w=self.log_w(along, length),
            observables={"along": along, "length": length},
            labels={"along": "component along the diagonal", "length": "length of the vector"},
            ideal_auc=self.ideal_auc(),
        )

    def log_w(self, along: np.ndarray, length: np.ndarray) -> np.ndarray:
        """Exact log w of vectors by their component along the diagonal and their length."""
        if shift := self.options["shift"]:
            return shift**2 / 2 - shift * along
        dimensions, width = self.options["dimensions"], self.options["width"]
        return dimensions * np.log(width) - (1 - width**-2) * length**2 / 2

    def ideal_auc(self) -> float:
        """AUC of the exact weights."""
        if shift := self.options["shift"]:
            return float(ndtr(abs(shift) / np.sqrt(2)))
        dimensions, width = self.options["dimensions"], self.options["width"]
        inner = fdtr(dimensions, dimensions, width**2)
        return float(inner if width > 1 else 1 - inner)
