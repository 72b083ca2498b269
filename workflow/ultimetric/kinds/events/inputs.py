"""Inputs of classifiers of events: those of arXiv:2305.16774, one set for each number of jets."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from ultimetric.events import Events
from ultimetric.kinds.events.kind import Collisions, EventKind
from ultimetric.kinds.events.measures import MUONS, dimuon_mass
from ultimetric.kinds.inputs import Inputs, InputSets
from ultimetric.kinds.observables import Columns

CLOSEST, LARGEST_INVERSE = 1e-7, 20.0


class EventInputs(InputSets):
    """For events of one, two and three jets 10, 15 and 21 numbers."""

    def inputs(self, kind: EventKind) -> dict[str, Inputs]:
        return {"one_jet": _OfJets(1), "two_jets": _OfJets(2), "three_jets": _OfJets(3)}


class _OfJets(Inputs):
    """pT and eta of muon 1; pT, eta and the angle to muon 1 of muon 2; pT, eta, the angle to the
    particle before and the mass of each jet; the mass of the muons; 1 / Delta R, at most 20, of
    each pair of jets. Angles are differences of phi in [-pi, pi), momenta and masses in GeV.

    Arguments:
        jets: The number of jets of the events that have these inputs.
    """

    peaked = True  # the mass of the muons

    def __init__(self, jets: int) -> None:
        self.jets = jets

    def there(self, events: Events, observables: Columns) -> np.ndarray:
        return events.condition[:, 0] == self.jets - 1

    def values(self, events: Collisions, observables: Columns) -> np.ndarray:
        seen = events.kinematics
        jets = range(MUONS, MUONS + self.jets)
        found: list[Any] = [seen.pt[:, 0], seen.eta[:, 0]]
        found += [seen.pt[:, 1], seen.eta[:, 1], seen.dphi(1, 0)]
        for k in jets:
            found += [seen.pt[:, k], seen.eta[:, k], seen.dphi(k, k - 1), seen.mass[:, k]]
        found.append(dimuon_mass(events.momenta))
        for a, b in combinations(jets, 2):
            found.append(np.minimum(1 / (seen.dr(a, b) + CLOSEST), LARGEST_INVERSE))
        return np.stack(found, axis=1)
