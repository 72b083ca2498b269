"""The kind `jets`: the hardest particles of a jet, or numbers that describe it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ultimetric.events import Entries
from ultimetric.kinds.base import Kind, Symmetry
from ultimetric.kinds.jets.formats.jetnet import JetNet
from ultimetric.kinds.jets.formats.numbers import Numbers
from ultimetric.kinds.jets.measures import NUMBERS, PARTICLES, VARIABLES, high_level

CONSTITUENTS, HIGH_LEVEL = "constituents", "high_level"
SIGN = {"eta": 0, "phi": 1}


class JetKind(Kind):
    """Jets of one type, without a condition; those of one collision stay together.

    Options:
        content: The content of an entry: `constituents`, eta and phi relative to the jet, and pT
            over that of the jet, of the 30 hardest particles, 0 for absent ones; or `high_level`,
            the 7 numbers of `measures.high_level`, which any generator can model.
    """

    entry = "jet"
    several = "jets"
    made_by = "Pythia"
    defaults: ClassVar = {"content": CONSTITUENTS}
    limits: ClassVar = {"content": f"{CONSTITUENTS} | {HIGH_LEVEL}"}

    def __init__(
        self, options: dict[str, Any], parts: dict[str, list[dict[str, Any]]] | None = None
    ) -> None:
        super().__init__(options, parts)
        self.cloud = self.options["content"] == CONSTITUENTS
        self.n_values = PARTICLES * len(VARIABLES) if self.cloud else len(NUMBERS)
        self.formats = (JetNet(),) if self.cloud else (Numbers(), JetNet())

    @property
    def stored_values(self) -> int:
        return PARTICLES * (1 + len(VARIABLES))

    def numbers(self, events: Entries) -> np.ndarray:
        """The 7 high-level numbers of each jet (N, 7), float32."""
        return high_level(particles(events.data)) if self.cloud else events.data

    def value_names(self) -> list[str]:
        if not self.cloud:
            return list(NUMBERS)
        return [f"{name}_{k}" for k in range(1, PARTICLES + 1) for name in VARIABLES]

    def value_words(self, name: str) -> str:
        variable, _, number = name.partition("_")
        return f"{variable} of particle {number}" if self.cloud else name

    def symmetries(self) -> list[Symmetry]:
        """Mirror images of constituents, which change none of the high-level numbers."""
        if not self.cloud:
            return []
        return [Symmetry(f"{name} to -{name}", _Mirrored(k)) for name, k in SIGN.items()]

    def canonical(self, events: Entries) -> Entries:
        """Jets with their pT-weighted means of eta and of phi above 0."""
        if not self.cloud:
            return events
        *places, pt = np.moveaxis(particles(events.data).astype(np.float64), 2, 0)
        data = events.data.copy()
        for k, place in enumerate(places):
            data[(place * pt).sum(1) < 0, k :: len(VARIABLES)] *= -1
        return self.entries(events.condition, data + 0.0, events.group)  # no negative zero


class _Mirrored:
    """Jets with the sign of one coordinate flipped."""

    def __init__(self, coordinate: int) -> None:
        self.coordinate = coordinate

    def __call__(self, events: Entries) -> Entries:
        data = events.data.copy()
        data[:, self.coordinate :: len(VARIABLES)] *= -1
        data += 0.0  # no negative zero
        return events.kind.entries(events.condition, data, events.group)


def particles(data: np.ndarray) -> np.ndarray:
    """Values (N, 90) of constituents as particles (N, 30, 3)."""
    return data.reshape(len(data), PARTICLES, len(VARIABLES))
