"""Gluon jets, reweighted in their relative mass: the distortions of arXiv:2211.10295.

The distorted set is truth drawn with a probability that depends on the mass only, so that its
exact weight is a function of the mass, whatever else a classifier sees. Truth and sample come from
different events of the simulation, and no jet is drawn twice: those of the second part are
accepted with a probability proportional to the ratio. (The published recipe draws with replacement
from the truth itself, so that a classifier meets jets again.)
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ultimetric.classifiers.layout import Points
from ultimetric.errors import UserError
from ultimetric.kinds.jets.formats.jetnet import (
    PARTICLES,
    PT,
    high_level,
    read_jets,
    relative_mass,
)
from ultimetric.toys.base import Toy
from ultimetric.toys.events import Events

BINS = 25
CUT = 0.17  # relative mass beyond which `tailcut` has nothing
# Factors of the mass: mean and standard deviation of a normal distribution.
SMEARINGS = {"smeared": (1.0, 0.25), "shifted": (1.1, 0.05)}
DISTORTIONS = (*SMEARINGS, "tailcut")


class Jets(Toy):
    """Truth are gluon jets; the sample is them with a histogram of the mass that another one has.

    Options:
        distortion: smeared, shifted (the ratio of the histograms of m times a normal number and of
            m, in 25 bins from 0 to the largest m), or tailcut (nothing beyond m = 0.17).
        largest: ratios above this one are set to it, default 3, and those below its inverse to the
            inverse: only the last bins, which have few jets, have such. The higher it is, the
            fewer jets are accepted.
    """

    defaults: ClassVar = {"distortion": "shifted", "largest": 3.0}
    limits: ClassVar = {"largest": "number > 1"}
    features: ClassVar = {
        "high_level": None,
        "constituents": Points(PARTICLES, ("eta", "phi", "pt")),
    }
    jets = "g"

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        if self.options["distortion"] not in DISTORTIONS:
            raise UserError(f"`distortion` is one of {', '.join(DISTORTIONS)}")
        if self.options["largest"] <= 1:
            raise UserError("`largest` is above 1")

    @property
    def sample(self) -> str:
        return self.options["distortion"]

    def draw(self, events: int, seed: int, jets: Path | None = None) -> Events:
        found = read_jets(jets)
        mass = relative_mass(found.particles)
        rng = np.random.default_rng(seed)
        ratio = self.ratio(mass, rng)
        first, second = disjoint(found.event, events, rng)
        second = second[rng.random(len(second)) * ratio(mass).max() < ratio(mass[second])]
        if min(len(first), len(second)) < events:
            raise UserError(
                f"{jets}: gives {len(first)} jets of truth and {len(second)} {self.sample} ones, "
                f"but {events} of each are asked for: simulate more"
            )
        rows = np.concatenate([first[:events], second[:events]])
        particles = found.particles[rows]
        return Events(
            inputs={
                "high_level": high_level(particles),
                "constituents": particles[..., : PT + 1].reshape(len(rows), -1),
            },
            layouts={"constituents": self.features["constituents"]},
            label=np.repeat([1, 0], events).astype(np.int8),
            group=np.unique(found.event[rows], return_inverse=True)[1],
            log_w=log_weights(ratio, mass)(mass[rows]),
            observables={"mass": mass[rows]},
            labels={"mass": "relative mass m / pT of 30 constituents"},
            ideal_auc=ideal_auc(ratio(mass)),
        )

    def ratio(self, mass: np.ndarray, rng: np.random.Generator) -> Callable:
        """Density of the sample over that of truth, but for a factor, as a function of the mass.

        Arguments:
            mass: of all simulated jets (N,).
            rng: of the factors of the mass.
        """
        if self.sample == "tailcut":
            return lambda m: (m < CUT).astype(np.float64)
        edges = np.linspace(0, mass.max(), BINS + 1)
        truth = np.histogram(mass, edges)[0]
        distorted = np.histogram(mass * rng.normal(*SMEARINGS[self.sample], len(mass)), edges)[0]
        ratios = distorted / np.maximum(truth, 1)  # an empty bin has no jet to be asked for
        ratios = np.clip(ratios, 1 / self.options["largest"], self.options["largest"])
        return lambda m: ratios[np.clip(np.searchsorted(edges, m, "right") - 1, 0, BINS - 1)]


def disjoint(
    event: np.ndarray, wanted: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of truth, about as many as wanted, and of the others, both in random order.

    Arguments:
        event: number of the event of each jet (N,): those of one event stay together.
        wanted: jets of truth.
        rng: of the choice.
    """
    numbers, counts = np.unique(event, return_counts=True)
    order = rng.permutation(len(numbers))
    taken = numbers[order[: np.searchsorted(np.cumsum(counts[order]), wanted) + 1]]
    rows = rng.permutation(len(event))
    of_truth = np.isin(event[rows], taken)
    return rows[of_truth], rows[~of_truth]


def log_weights(ratio: Callable, mass: np.ndarray) -> Callable:
    """Exact log w as a function of the mass: infinite where the sample has nothing.

    Arguments:
        ratio: of the densities, but for a factor.
        mass: of all jets, over which the ratio must have the mean 1 (N,).
    """
    mean = ratio(mass).mean()

    def log_w(m: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(mean) - np.log(ratio(m))

    return log_w


def ideal_auc(ratios: np.ndarray) -> float:
    """AUC of the exact weights: P(w of truth > w of sample), ties counted half.

    Arguments:
        ratios: density of the sample over that of truth, but for a factor, of all jets (N,).
    """
    values, counts = np.unique(ratios, return_counts=True)  # w falls with the ratio
    truth = counts / counts.sum()
    sample = truth * values / (truth * values).sum()
    above = 1 - np.cumsum(sample)  # of the sample, at a larger ratio: at a smaller w
    return float((truth * (above + sample / 2)).sum())
