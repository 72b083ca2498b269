"""Simulate Z(-> mu mu) + jets with Pythia 8.

Drell-Yan events in proton-proton collisions at 13 TeV. All jets come from the parton shower, whose
first emission is corrected to the matrix element, and from the underlying event: no cut on the
hard process biases them, but there is no merging with matrix elements of several jets as in the
sample of arXiv:2305.16774, and no detector. Muons are those after photon radiation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ultimetric.kinds.events.kind import SOFTEST_JET, Z_WINDOW
from ultimetric.kinds.events.measures import COMPONENTS, MOST_JETS, MUONS, PARTICLES
from ultimetric.kinds.pythia import collisions, jet_finder

LARGEST_ETA, LARGEST_JET_ETA = 5.5, 4.5  # of the particles of jets, and of jets
MUON, Z = 13, 23  # the numbers of the Particle Data Group; mu+ has -13
SETTINGS = (
    "WeakSingleBoson:ffbar2gmZ = on",
    f"PhaseSpace:mHatMin = {Z_WINDOW[0]:g}",
    f"PhaseSpace:mHatMax = {Z_WINDOW[1]:g}",
    f"{Z}:mMin = {Z_WINDOW[0]:g}",
    f"{Z}:mMax = {Z_WINDOW[1]:g}",
    f"{Z}:onMode = off",
    f"{Z}:onIfAny = {MUON}",
)


def simulate_events(number: int, seed: int) -> np.ndarray:
    """The momenta (N, 5, 4) in GeV of those of some inclusive events that have one to three jets.

    Jets are anti-kT jets of R = 0.4 with pT > 20 GeV and |eta| < 4.5, without the two muons.

    Arguments:
        number: The number of inclusive events.
        seed: The random seed.

    Raises:
        UserError: Pythia refuses a setting, or too many events fail.
    """
    finder = jet_finder(SOFTEST_JET, LARGEST_ETA)
    kept = []
    for event in collisions("Z + jets", SETTINGS, number, seed):
        muons = _muons(event)
        particles = [_momentum(muon.p()) for muon in muons]
        for muon in muons:
            muon.statusNeg()  # no longer final, so that it is in no jet
        finder.analyze(event)
        jets = [finder.p(i) for i in range(finder.sizeJet())]
        particles += [_momentum(jet) for jet in jets if abs(jet.eta()) < LARGEST_JET_ETA]
        if MUONS < len(particles) <= MUONS + MOST_JETS:
            absent = len(PARTICLES) - len(particles)
            kept.append([*particles, *[(0.0,) * len(COMPONENTS)] * absent])
    return np.array(kept).reshape(-1, len(PARTICLES), len(COMPONENTS))


def _muons(event: Any) -> list[Any]:
    """The hardest final mu- and mu+ that come from the Z boson."""
    boson = event[max(i for i in range(event.size()) if event[i].id() == Z)].iBotCopy()
    found: dict[int, Any] = {}
    for i in range(event.size()):
        muon = event[i]
        if not (abs(muon.id()) == MUON and muon.isFinal() and muon.isAncestor(boson)):
            continue
        if muon.id() not in found or muon.pT() > found[muon.id()].pT():
            found[muon.id()] = muon
    return [found[MUON], found[-MUON]]


def _momentum(p: Any) -> tuple[float, float, float, float]:
    return (p.e(), p.px(), p.py(), p.pz())
