"""Inputs of classifiers of jets."""

from __future__ import annotations

import numpy as np

from ultimetric.events import Entries
from ultimetric.kinds.inputs import Inputs, InputSets
from ultimetric.kinds.jets.cloud import Particles
from ultimetric.kinds.jets.kind import JetKind
from ultimetric.kinds.jets.measures import NUMBERS
from ultimetric.kinds.jets.polynomials import polynomials
from ultimetric.kinds.observables import Columns


class JetInputs(InputSets):
    """The high-level numbers of a jet; of entries with particles also these and polynomials."""

    def inputs(self, kind: JetKind) -> dict[str, Inputs]:
        found: dict[str, Inputs] = {"high_level": _Numbers(), "mass": _Mass()}
        if kind.cloud:
            found |= {"constituents": _Constituents(), "efp": _Polynomials()}
        return found


class _Numbers(Inputs):
    """The seven observables (N, 7)."""

    reads_data = False
    reads_observables = True

    def values(self, events: Entries, observables: Columns) -> np.ndarray:
        return np.column_stack([observables[name] for name in NUMBERS])


class _Mass(Inputs):
    """The relative mass alone (N, 1)."""

    reads_data = False
    reads_observables = True
    by_default = False

    def values(self, events: Entries, observables: Columns) -> np.ndarray:
        return np.column_stack([observables["mass"]])


class _Polynomials(Inputs):
    """The 36 energy-flow polynomials (N, 36) of FPD and KPD in arXiv:2211.10295."""

    by_default = False

    def values(self, events: Entries, observables: Columns) -> np.ndarray:
        return polynomials(events.kind.particles(events.data))


class _Constituents(Inputs):
    """Eta, phi and pT of the P hardest particles, and pT and eta of the jet if they are known.

    These are all values of an entry: (N, 3 P), or (N, 3 P + 2).
    """

    def layout(self, kind: JetKind) -> Particles:
        return Particles(kind.n_particles, kind.absolute)

    def values(self, events: Entries, observables: Columns) -> np.ndarray:
        return events.data
