"""Simulate jets of one type of parton with Pythia 8, after JetNet (arXiv:2106.11535).

Proton-proton collisions at 13 TeV, the hard partons within 1 % of 1 TeV, anti-kT jets of visible
particles. Unlike JetNet's, the matrix elements are Pythia's own, jets are not matched to partons,
and there is no detector. The radius is 0.4, with which the relative masses are JetNet's.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ultimetric.kinds.jets.measures import PARTICLES, VARIABLES
from ultimetric.kinds.pythia import collisions, jet_finder

PT_WINDOW = (800.0, 1600.0)  # GeV, of a jet
LARGEST_ETA = 5.0
PER_EVENT = 2
WINDOW = ("PhaseSpace:pTHatMin = 990", "PhaseSpace:pTHatMax = 1010")
QUARKS = "onIfAny = 1 2 3 4 5"
HADRONIC = ("24:onMode = off", f"24:{QUARKS}", "23:onMode = off", f"23:{QUARKS}")
PROCESSES = {
    "g": ("HardQCD:gg2gg = on", "HardQCD:qqbar2gg = on"),
    "q": (
        "HardQCD:gg2qqbar = on",
        "HardQCD:qq2qq = on",
        "HardQCD:qqbar2qqbarNew = on",
        "HardQCD:nQuarkNew = 3",
    ),
    "t": ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on", *HADRONIC),
    "w": ("WeakDoubleBoson:ffbar2WW = on", *HADRONIC),
    "z": ("WeakDoubleBoson:ffbar2gmZgmZ = on", "WeakZ0:gmZmode = 2", *HADRONIC),
}


class Jets(NamedTuple):
    """Simulated jets.

    Arguments:
        particles: Eta and phi relative to the jet, pT over that of the jet, by falling pT
            (N, P, 3), float32; 0 for absent particles.
        features: The pT (GeV), eta, mass (GeV) and number of all constituents (N, 4), float32.
        event: The number of the event (N,).
    """

    particles: np.ndarray
    features: np.ndarray
    event: np.ndarray


def simulate_jets(kind: str, events: range, seed: int, most: int = PARTICLES) -> Jets:
    """Simulate the jets of events: at most two of each, the hardest within the window of pT.

    Arguments:
        kind: The type of the partons: g, q, t, w or z.
        events: The numbers of the events.
        seed: The random seed.
        most: The number P of particles that are kept of each jet.

    Raises:
        UserError: Pythia refuses a setting, or too many events fail.
    """
    finder = jet_finder(PT_WINDOW[0], LARGEST_ETA)
    settings = (*WINDOW, *PROCESSES[kind])
    particles, features, numbers = [], [], []
    records = collisions(f"jets of {kind}", settings, len(events), seed)
    for number, event in zip(events, records, strict=True):
        finder.analyze(event)
        chosen = [i for i in range(finder.sizeJet()) if finder.pT(i) < PT_WINDOW[1]]
        for i in chosen[:PER_EVENT]:
            constituents, momentum = finder.constituents(i), finder.p(i)
            jet = np.array([momentum.pT(), momentum.eta(), momentum.phi()])
            particles.append(_particles(event, constituents, jet, most))
            features.append([jet[0], jet[1], momentum.mCalc(), len(constituents)])
            numbers.append(number)
    return Jets(
        np.asarray(particles, np.float32).reshape(-1, most, len(VARIABLES)),
        np.asarray(features, np.float32).reshape(-1, 4),
        np.asarray(numbers, np.int64),
    )


def _particles(event: Any, constituents: Any, jet: np.ndarray, most: int) -> np.ndarray:
    """The hardest constituents of a jet (most, 3); `jet` is its pT, eta and phi."""
    found = [event[i] for i in constituents]
    values = np.array([(x.eta(), x.phi(), x.pT()) for x in found])
    kept = values[np.argsort(-values[:, 2], kind="stable")][:most]
    result = np.zeros((most, len(VARIABLES)))
    eta, phi, pt = kept.T
    result[: len(kept)] = np.stack(
        [eta - jet[1], np.mod(phi - jet[2] + np.pi, 2 * np.pi) - np.pi, pt / jet[0]], axis=1
    )
    return result
