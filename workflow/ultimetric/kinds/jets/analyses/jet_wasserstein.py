"""Wasserstein-1 distances of jets as in JetNet (arXiv:2106.11535): W1^M, W1^P and W1^EFP."""

from __future__ import annotations

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
        sets, weights_of = (given.dataset.truth, given.sample.events), (truth_weights, weights)
        masses = [events.each(_mass) for events in sets]
        chosen = [events.each(_polynomials) for events in sets]
        particles = [_Particles(events) for events in sets]
        found: dict[Key, np.ndarray] = {
            ("w1_mass",): wasserstein_distances(masses[0], masses[1], *weights_of),
            **_with_mean(
                "w1_efp",
                {
                    name: wasserstein_distances(chosen[0][:, k], chosen[1][:, k], *weights_of)
                    for k, name in enumerate(CHOSEN)
                },
            ),
            **_with_mean("w1_particles", _of_particles(particles, weights_of)),
        }
        return {key: (x, "in its own unit") for key, x in found.items()}


class _Particles:
    """All particles of jets (N), absent ones left out.

    Attributes:
        values: Their eta, phi and pT (n, 3).
        jet: The number of the jet of each (n,).
        per_jet: The number of particles of each jet (N,).
    """

    def __init__(self, jets: Events) -> None:
        found = jets.each(lambda block: block.kind.particles(block.data))
        there = (found != 0).any(2)
        self.values = found[there].astype(np.float64)
        self.jet, self.per_jet = np.nonzero(there)[0], there.sum(1)


def _of_particles(
    sets: list[_Particles], weights_of: tuple[np.ndarray, np.ndarray]
) -> dict[str, np.ndarray]:
    """W1 (replicas,) of each variable of the particles; each has the weight of its jet.

    Arguments:
        sets: The particles of truth and sample.
        weights_of: The weights (replicas, N) of the jets of both.
    """
    (truth, sample), (truth_weights, weights) = sets, weights_of
    # Signed weights of the jets, so that both sets have the weight 1 in all.
    signed = np.concatenate(
        [
            truth_weights / (truth_weights @ truth.per_jet)[:, None],
            -weights / (weights @ sample.per_jet)[:, None],
        ],
        axis=1,
    )
    jet = np.concatenate([truth.jet, len(truth.per_jet) + sample.jet])
    found = {}
    for k, name in enumerate(VARIABLES):
        values = np.concatenate([truth.values[:, k], sample.values[:, k]])
        order = np.argsort(values, kind="stable")
        gaps, jet_in_order = np.diff(values[order]), jet[order]
        found[name] = np.array(
            [np.abs(np.cumsum(row[jet_in_order])[:-1]) @ gaps for row in signed]
        )
    return found


def _mass(jets: Entries) -> np.ndarray:
    return relative_mass(jets.kind.particles(jets.data))


def _polynomials(jets: Entries) -> np.ndarray:
    """The chosen polynomials (N, 5)."""
    return polynomials(jets.kind.particles(jets.data))[:, [GRAPHS.index(x) for x in CHOSEN]]


def _with_mean(metric: str, found: dict[str, np.ndarray]) -> dict[Key, np.ndarray]:
    """Distances of several observables, and their mean."""
    every: dict[Key, np.ndarray] = {(metric, name): x for name, x in found.items()}
    return every | {(metric,): np.mean(list(found.values()), axis=0)}
