"""The kind `jets`: the hardest particles of a jet, or numbers that describe it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ultimetric.data.hdf5 import names_in, open_hdf5
from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.kinds.base import Kind, Symmetry
from ultimetric.kinds.jets.formats.jetnet import JetNet, particles_stored
from ultimetric.kinds.jets.formats.numbers import Numbers
from ultimetric.kinds.jets.measures import NUMBERS, PARTICLES, VARIABLES, high_level

CONSTITUENTS, HIGH_LEVEL = "constituents", "high_level"
SIGNED = ("eta", "phi")
JET = {"jet_pt": "pT of the jet", "jet_eta": "eta of the jet"}


class JetKind(Kind):
    """Jets of one type, without a condition; those of one collision stay together.

    Options:
        content: The content of an entry: `constituents`, eta and phi relative to the jet, and pT
            over that of the jet, of the hardest particles, 0 for absent ones; or `high_level`,
            the 7 numbers of `measures.high_level`, which any generator can model.
        particles: The number of particles of each jet in the files, 30 or 150 in JetNet's own.
        absolute: Whether pT (GeV) and eta of the jet follow the particles, so that their own pT,
            eta and energy are known.

    Attributes:
        cloud: Whether entries contain particles.
        n_particles: The number P of particles, absent ones included.
        absolute: The option.
    """

    entry = "jet"
    several = "jets"
    made_by = "Pythia"
    near_duplicate = 0.0
    labels: ClassVar = {"efp": "energy-flow polynomials"}
    defaults: ClassVar = {"content": CONSTITUENTS, "particles": PARTICLES, "absolute": False}
    limits: ClassVar = {
        "content": f"{CONSTITUENTS} | {HIGH_LEVEL}",
        "particles": "whole in [1, 1000]",
    }

    def __init__(
        self, options: dict[str, Any], parts: dict[str, list[dict[str, Any]]] | None = None
    ) -> None:
        super().__init__(options, parts)
        self.cloud = self.options["content"] == CONSTITUENTS
        self.n_particles, self.absolute = self.options["particles"], self.options["absolute"]
        self.n_values = len(self.value_names())
        self.formats = (JetNet(),) if self.cloud else (Numbers(), JetNet())

    @classmethod
    def resolved(cls, options: dict[str, Any], place: str) -> dict[str, Any]:
        if options["absolute"] and options["content"] != CONSTITUENTS:
            raise UserError(
                f"{place}.absolute: true is for `content: {CONSTITUENTS}`, not "
                f"{options['content']!r}"
            )
        return options

    @classmethod
    def recognised(cls, path: str | Path) -> dict[str, Any] | None:
        with open_hdf5(path) as file:
            if number := particles_stored(file):
                return {"particles": number}
            return {"content": HIGH_LEVEL} if Numbers.name in names_in(file) else None

    @property
    def stored_values(self) -> int:
        return self.n_particles * (1 + len(VARIABLES)) + len(JET) * self.absolute

    def particles(self, data: np.ndarray) -> np.ndarray:
        """Values (N, n_values) of constituents as particles (N, P, 3)."""
        only = data[:, : self.n_particles * len(VARIABLES)]
        return only.reshape(len(data), self.n_particles, len(VARIABLES))

    def numbers(self, events: Entries) -> np.ndarray:
        """The 7 high-level numbers of each jet (N, 7), float32."""
        return high_level(self.particles(events.data)) if self.cloud else events.data

    def value_names(self) -> list[str]:
        if not self.cloud:
            return list(NUMBERS)
        of_particles = [f"{x}_{k}" for k in range(1, self.n_particles + 1) for x in VARIABLES]
        return of_particles + (list(JET) if self.absolute else [])

    def value_words(self, name: str) -> str:
        variable, _, number = name.partition("_")
        return JET.get(name) or (f"{variable} of particle {number}" if self.cloud else name)

    def symmetries(self) -> list[Symmetry]:
        """Mirror images of constituents, which change none of the high-level numbers."""
        if not self.cloud:
            return []
        return [Symmetry(f"{x} to -{x}", _Mirrored(self.values_of(x))) for x in SIGNED]

    def values_of(self, variable: str) -> np.ndarray:
        """The places of a variable among the values: of all particles, then perhaps of the jet."""
        names = self.value_names()
        of_jet = [names.index(f"jet_{variable}")] if f"jet_{variable}" in names else []
        first, end = VARIABLES.index(variable), self.n_particles * len(VARIABLES)
        return np.array([*range(first, end, len(VARIABLES)), *of_jet])

    def canonical(self, events: Entries) -> Entries:
        """Jets with their pT-weighted means of eta and of phi above 0."""
        if not self.cloud:
            return events
        *places, pt = np.moveaxis(self.particles(events.data).astype(np.float64), 2, 0)
        data = events.data.copy()
        for variable, place in zip(SIGNED, places, strict=True):
            negative = (place * pt).sum(1) < 0
            data[np.ix_(negative, self.values_of(variable))] *= -1
        return self.entries(events.condition, data + 0.0, events.group)  # no negative zero


class _Mirrored:
    """Jets with the sign of some of their values flipped.

    Arguments:
        values: The places of these values.
    """

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __call__(self, events: Entries) -> Entries:
        data = events.data.copy()
        data[:, self.values] *= -1
        data += 0.0  # no negative zero
        return events.kind.entries(events.condition, data, events.group)
