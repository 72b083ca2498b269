"""Resample jets in their relative mass: the distortions of arXiv:2211.10295.

The sample is truth drawn with a probability that depends on the mass only, so that its exact
weight is a function of the mass, whatever else a classifier sees. No jet is drawn twice: those of
the source are accepted with a probability proportional to the ratio. The published recipe, which
draws with replacement from the truth itself, is an option.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ultimetric.distortions.base import Distorted, Distortion
from ultimetric.errors import UserError
from ultimetric.events import Entries, Events

BINS = 25
# Factors of the mass: mean and standard deviation of a normal distribution.
SMEARINGS = {"smeared": (1.0, 0.25), "shifted": (1.1, 0.05)}
Ratio = Callable[[np.ndarray], np.ndarray]


class Mass(Distortion):
    """A sample of true jets that are accepted by their mass, so that its histogram is another one.

    Options:
        mass: The change of the histogram: `smeared` or `shifted` (the histogram of m times a
            normal number, in 25 bins from 0 to the largest m), or `tailcut` (no jets beyond
            `cut`).
        cut: The relative mass beyond which `tailcut` has no jets, default 0.17.
        largest: The largest ratio of the histograms, and the inverse of the smallest, default 3;
            only the last bins, with few jets, are affected. With a larger one fewer jets are
            accepted. Without meaning with `replacement`.
        replacement: Whether as many jets as wanted are drawn with replacement from all truth, that
            which the sample is compared with included, and ratios have no limit, as published;
            default false. The copies of a jet are in one fold, and count as one in errors.
    """

    defaults: ClassVar[dict[str, Any]] = {
        "mass": "shifted",
        "cut": 0.17,
        "largest": 3.0,
        "replacement": False,
    }
    limits: ClassVar = {
        "mass": "smeared | shifted | tailcut",
        "cut": "number > 0",
        "largest": "number > 1",
    }

    @property
    def of_all_truth(self) -> bool:
        return self.options["replacement"]

    def distort(self, source: Events, entries: int, rng: np.random.Generator) -> Distorted:
        masses = source.each(mass_of)
        ratio = self.ratio(masses, rng)
        ratios = ratio(masses)
        if not ratios.any():
            raise UserError(f"distortion mass: no jet has a mass below cut {self.options['cut']}")
        if self.options["replacement"]:
            rows = rng.choice(len(ratios), entries, p=ratios / ratios.sum())
        else:
            rows = rng.permutation(len(masses))
            rows = rows[rng.random(len(rows)) * ratios.max() < ratios[rows]][:entries]
        log_w = log_weights(ratio, masses)
        return Distorted(
            sample=source[rows],
            log_w=lambda events: log_w(events.each(mass_of)),
            ideal_auc=ideal_auc(ratios),
        )

    def ratio(self, masses: np.ndarray, rng: np.random.Generator) -> Ratio:
        """The density of the sample over that of truth, up to a factor, as a function of the mass.

        Arguments:
            masses: The masses (N,) of all jets of the source.
            rng: The source of the factors of the mass.
        """
        if self.options["mass"] == "tailcut":
            return lambda m: (m < self.options["cut"]).astype(np.float64)
        edges = np.linspace(0, masses.max(), BINS + 1)
        truth = np.histogram(masses, edges)[0]
        factors = rng.normal(*SMEARINGS[self.options["mass"]], len(masses))
        # The ratio of an empty bin is never used.
        ratios = np.histogram(masses * factors, edges)[0] / np.maximum(truth, 1)
        if not self.options["replacement"]:
            ratios = np.clip(ratios, 1 / self.options["largest"], self.options["largest"])
        return lambda m: ratios[np.clip(np.searchsorted(edges, m, "right") - 1, 0, BINS - 1)]


def mass_of(events: Entries) -> np.ndarray:
    """The relative mass of jets (N,), float64."""
    return events.kind.numbers(events)[:, 0].astype(np.float64)


def log_weights(ratio: Ratio, masses: np.ndarray) -> Ratio:
    """The exact log w as a function of the mass; infinite where the sample has no jets.

    Arguments:
        ratio: The ratio of the densities, up to a factor.
        masses: The masses (N,) of all jets of the source, over which the ratio has the mean 1.
    """
    mean = ratio(masses).mean()

    def log_w(m: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(mean) - np.log(ratio(m))

    return log_w


def ideal_auc(ratios: np.ndarray) -> float:
    """The AUC of the exact weights: P(w of truth > w of sample), with ties counted half.

    Arguments:
        ratios: The density of the sample over that of truth, up to a factor, of all jets (N,).
    """
    values, counts = np.unique(ratios, return_counts=True)  # w falls with the ratio
    truth = counts / counts.sum()
    sample = truth * values / (truth * values).sum()
    above = 1 - np.cumsum(sample)  # of the sample, at a larger ratio: at a smaller w
    return float((truth * (above + sample / 2)).sum())
