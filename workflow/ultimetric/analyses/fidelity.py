"""Fidelity score: the weighted sum of Jensen-Shannon divergences of observables."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.special import rel_entr

from ultimetric.analyses.base import option_error
from ultimetric.analyses.distances import Distances, compared
from ultimetric.analyses.given import Given
from ultimetric.analyses.separation import histogram
from ultimetric.statistics.bootstrap import REPLICAS


class Fidelity(Distances):
    """The weighted sum of the Jensen-Shannon divergences of histograms of observables, in bits.

    JSD = KL(p | m) / 2 + KL(q | m) / 2 with m = (p + q) / 2, which is 0 for equal and 1 for
    disjoint histograms p and q. Bins are those of the catalogue, under- and overflow included.
    The weights of the published fidelity score are not known: those of the config are ours, and
    are divided by their sum. Entries without an observable are left out of its divergence.

    Options:
        replicas: As of `Distances`.
        weights: The weight of each observable by its name; by default all have the same weight.

    Raises:
        UserError: There is no such observable, or all weights are 0.
    """

    method, metric = "weighted JSD", "jsd_of_histograms"
    section: ClassVar = "Distances of the observables"
    defaults: ClassVar = {"replicas": REPLICAS, "weights": None}
    limits: ClassVar = {"replicas": "whole >= 2", "weights": "anything"}
    tables: ClassVar = (
        {
            "title": "Fidelity scores",
            "text": "The weighted sum of the Jensen-Shannon divergences of the histograms of "
            "observables, smallest first. The weights are those of this study, divided by their "
            "sum; the published ones are not known.",
            "name": "{dataset}, histograms",
            "columns": {"fidelity score": "fidelity"},
            "rank": "fidelity",
            "notes": True,
        },
    )

    def distances(
        self, given: Given, truth_weights: np.ndarray, weights: np.ndarray
    ) -> dict[str | tuple[str, ...], tuple[np.ndarray, str]]:
        catalogue = given.dataset.kind.observables
        chosen = self._chosen(given)
        truth, sample = (
            {name: table[name] for name in chosen}
            for table in (given.dataset.truth_observables, given.sample.observables)
        )
        found: dict[str | tuple[str, ...], tuple[np.ndarray, str]] = {}
        score = np.zeros(len(weights))
        for name, x in compared(truth, sample, truth_weights, weights):
            edges = catalogue[name].edges
            first = histogram(x.truth, edges, x.truth_weights)
            second = histogram(x.sample, edges, x.weights)
            jsd = jensen_shannon(first, second)
            found[name] = jsd, f"{len(edges) - 1} bins; weight {chosen[name]:.3g}"
            score += chosen[name] * jsd
        found[("fidelity",)] = score, f"{len(chosen)} observables, weights of this study"
        return found

    def _chosen(self, given: Given) -> dict[str, float]:
        """The weights of observables, with sum 1."""
        known = given.dataset.kind.observables
        wanted = self.options["weights"]
        if wanted is None:
            wanted = dict.fromkeys(known, 1.0)
        if missing := [name for name in wanted if name not in known]:
            raise option_error(
                "fidelity", f"{given.dataset.name} has no observable {', '.join(missing)}"
            )
        if (total := sum(wanted.values())) <= 0:
            raise option_error("fidelity", "the sum of the weights is not above 0")
        return {name: weight / total for name, weight in wanted.items()}


def jensen_shannon(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The Jensen-Shannon divergence in bits along the last axis of histograms with sum 1.

    >>> float(jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])))
    1.0
    """
    mean = (first + second) / 2
    return (rel_entr(first, mean) + rel_entr(second, mean)).sum(-1) / (2 * np.log(2))
