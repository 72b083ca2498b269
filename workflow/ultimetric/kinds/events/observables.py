"""Observables of events: those of arXiv:2305.16774, in the ranges of its code."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np

from ultimetric.kinds.events.kind import Collisions, EventKind, words_of
from ultimetric.kinds.events.measures import MUONS, PARTICLES, dimuon_mass
from ultimetric.kinds.observables import Catalogue, Measured, Observable

N_EDGES = 50
# About the 99 % quantiles of the simulation, in GeV.
LARGEST_PT = {"mu1": 120, "mu2": 120, "j1": 150, "j2": 90, "j3": 60}
LARGEST_MASS = {"j1": 25, "j2": 20, "j3": 15}
JETS = PARTICLES[MUONS:]
SYMBOLS = {"mu1": r"\mu_1", "mu2": r"\mu_2", "j1": "j_1", "j2": "j_2", "j3": "j_3"}


class EventObservables(Catalogue):
    """Of each particle pT and eta, of each jet its mass, of the muons their mass and angle, of
    each pair of jets its distance. Events without a jet do not have its observables.
    """

    def observables(self, kind: EventKind) -> list[Observable]:
        muons = [x for k in range(MUONS) for x in _of_particle(k, "muons")]
        jets = [
            x for k in range(MUONS, len(PARTICLES)) for x in [*_of_particle(k, "jets"), _mass(k)]
        ]
        pairs = [x for a, b in combinations(JETS, 2) for x in _of_pair(a, b)]
        return [*muons, *_OF_MUONS, *jets, *pairs]


def _of_particle(k: int, group: str) -> list[Observable]:
    name = PARTICLES[k]
    symbol, words = SYMBOLS[name], words_of(name)
    lowest = 20 if name in JETS else 0
    return [
        Measured(
            name=f"pt_{name}",
            function=_there(lambda events: events.kinematics.pt[:, k], k),
            label=f"$p_{{T,{symbol}}}$",
            words=f"pT of {words}",
            unit="GeV",
            edges=np.linspace(lowest, LARGEST_PT[name], N_EDGES),
            group=group,
            log_y=True,
            partial=name in JETS,
        ),
        Measured(
            name=f"eta_{name}",
            function=_there(lambda events: events.kinematics.eta[:, k], k),
            label=rf"$\eta_{{{symbol}}}$",
            words=f"eta of {words}",
            edges=np.linspace(-6, 6, N_EDGES),
            group=group,
            partial=name in JETS,
        ),
    ]


def _mass(k: int) -> Observable:
    name = PARTICLES[k]
    return Measured(
        name=f"m_{name}",
        function=_there(lambda events: events.kinematics.mass[:, k], k),
        label=f"$m_{{{SYMBOLS[name]}}}$",
        words=f"mass of {words_of(name)}",
        unit="GeV",
        edges=np.linspace(0, LARGEST_MASS[name], N_EDGES),
        group="jets",
        partial=True,
    )


_OF_MUONS: list[Observable] = [
    Measured(
        name="dphi_mumu",
        function=lambda events: events.kinematics.dphi(1, 0),
        label=r"$\Delta\phi_{\mu\mu}$",
        words="phi of muon 2 - phi of muon 1",
        edges=np.linspace(-np.pi, np.pi, N_EDGES),
        group="muons",
    ),
    Measured(
        name="m_mumu",
        function=lambda events: dimuon_mass(events.momenta),
        label=r"$M_{\mu\mu}$",
        words="mass of the muons",
        unit="GeV",
        edges=np.linspace(70, 110, N_EDGES),
        group="muons",
    ),
]


def _of_pair(first: str, second: str) -> list[Observable]:
    a, b = PARTICLES.index(first), PARTICLES.index(second)
    symbols = f"{SYMBOLS[first]}{SYMBOLS[second]}"
    looks: dict[str, tuple[Callable[[Collisions], np.ndarray], str, str, float, float]] = {
        "dr": (lambda events: events.kinematics.dr(b, a), r"\Delta R", "Delta R", 0, 8),
        "deta": (lambda events: events.kinematics.deta(b, a), r"\Delta\eta", "Delta eta", -10, 10),
        "dphi": (
            lambda events: events.kinematics.dphi(b, a), r"\Delta\phi", "Delta phi", -np.pi, np.pi,
        ),
    }  # fmt: skip
    return [
        Measured(
            name=f"{name}_{first}{second}",
            function=_there(function, a, b),
            label=f"${label}_{{{symbols}}}$",
            words=f"{words} of jets {first[1]} and {second[1]}",
            edges=np.linspace(low, high, N_EDGES),
            group="jet_pairs",
            partial=True,
        )
        for name, (function, label, words, low, high) in looks.items()
    ]


def _there(
    function: Callable[[Collisions], np.ndarray], *particles: int
) -> Callable[[Collisions], np.ndarray]:
    """A function whose value is nan for events without one of some particles; they are jets."""
    jets = [k for k in particles if k >= MUONS]

    def found(events: Collisions) -> np.ndarray:
        there = events.kinematics.there[:, jets].all(1)
        return np.where(there, function(events), np.nan)

    return found
