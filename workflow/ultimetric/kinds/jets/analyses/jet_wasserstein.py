"""Wasserstein-1 distances of jets as in JetNet (arXiv:2106.11535): W1^M, W1^P and W1^EFP."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, cast

import numpy as np

from ultimetric.analyses.base import option_error
from ultimetric.analyses.distances import Distances
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Key
from ultimetric.analyses.wasserstein import wasserstein_distances
from ultimetric.events import Entries, Events
from ultimetric.kinds.jets.kind import JetKind
from ultimetric.kinds.jets.measures import VARIABLES, relative_mass
from ultimetric.kinds.jets.polynomials import GRAPHS, polynomials

# The polynomials of jetnet's `w1efp`: four vertices, four edges, connected.
CHOSEN = ("ab ac ac ad", "ab ac ac bd", "ab ab ac bd", "ab ac bc ad", "ab ac bd cd")

# Values (n,), and weights with sum 1, one set for each replica.
Weighted = tuple[np.ndarray, Iterable[np.ndarray]]


class JetWasserstein(Distances):
    """W1 of the relative mass, of the particles, and of five polynomials, in their own units.

    - `w1_mass`: of the relative mass m / pT of the jet.
    - `w1_particles`: the mean of those of eta, phi and pT, relative to the jet, over all particles
      of all jets, absent ones left out; each of them as an observable.
    - `w1_efp`: the mean of those of the five connected energy-flow polynomials with four vertices
      and four edges; each of them as an observable, by its edges.

    The values are those of `w1m`, `w1p` and `w1efp` of jetnet for all jets at once, where jetnet
    takes the mean over five batches drawn with replacement. Jets are redrawn with all of their
    particles. Options are those of `Distances`.
    """

    method, metric = "unbinned", "w1"
    needs: ClassVar = ("truth", "sample")
    section: ClassVar = "Distances of the observables"
    tables: ClassVar = (
        {
            "title": "Wasserstein distances of jets",
            "text": "The Wasserstein distances of the relative mass, of the particles (mean of "
            "eta, phi and pT relative to the jet), and of energy-flow polynomials (mean of the "
            "five with four vertices and four edges), smallest first. With finite numbers of jets "
            "they are above 0 without differences, too: compare them with the baseline.",
            "name": "{dataset}, jets",
            "columns": {
                "mass": "w1_mass",
                "particles": "w1_particles",
                "polynomials": "w1_efp",
            },
            "rank": "w1_mass",
        },
    )

    def distances(
        self, given: Given, truth_weights: np.ndarray, weights: np.ndarray
    ) -> dict[Key, tuple[np.ndarray, str]]:
        if not cast(JetKind, given.dataset.kind).cloud:
            raise option_error("jet_wasserstein", "entries with numbers only have no particles")
        sets = [
            (given.dataset.truth, truth_weights),
            (given.sample.events, weights),
        ]
        masses = [(events.each(_mass), x) for events, x in sets]
        chosen = [(events.each(_polynomials), x) for events, x in sets]
        particles = [_Particles(events, x) for events, x in sets]
        found: dict[Key, np.ndarray] = {("w1_mass",): _w1(*masses)}
        found |= _with_mean(
            "w1_efp",
            {
                name: _w1(*((columns[:, k], x) for columns, x in chosen))
                for k, name in enumerate(CHOSEN)
            },
        )
        found |= _with_mean(
            "w1_particles",
            {name: _w1(*(x.of(k) for x in particles)) for k, name in enumerate(VARIABLES)},
        )
        return {key: (x, "in its own unit") for key, x in found.items()}


class _Particles:
    """All particles of jets that are not absent.

    Arguments:
        events: The jets.
        weights: The weights of the jets (1 + replicas, N).
    """

    def __init__(self, events: Events, weights: np.ndarray) -> None:
        found = events.each(lambda block: block.kind.particles(block.data))
        there = (found != 0).any(2)
        self.values, self.jet, self.weights = found[there], np.nonzero(there)[0], weights

    def of(self, variable: int) -> Weighted:
        """The values of one variable, and the weights of the particles, set by set."""
        rows = (row[self.jet] for row in self.weights)
        return self.values[:, variable].astype(np.float64), (x / x.sum() for x in rows)


def _mass(jets: Entries) -> np.ndarray:
    return relative_mass(jets.kind.particles(jets.data))


def _polynomials(jets: Entries) -> np.ndarray:
    """The chosen polynomials (N, 5)."""
    return polynomials(jets.kind.particles(jets.data))[:, [GRAPHS.index(x) for x in CHOSEN]]


def _w1(truth: Weighted, sample: Weighted) -> np.ndarray:
    """W1 (1 + replicas,) of two sets."""
    return wasserstein_distances(truth[0], sample[0], truth[1], sample[1])


def _with_mean(metric: str, found: dict[str, np.ndarray]) -> dict[Key, np.ndarray]:
    """Distances of several observables, and their mean."""
    every: dict[Key, np.ndarray] = {(metric, name): x for name, x in found.items()}
    return every | {(metric,): np.mean(list(found.values()), axis=0)}
