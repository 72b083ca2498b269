"""Separation power of every observable (CaloChallenge, arXiv:2410.21611)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.sparse import csr_array

from ultimetric.analyses.distances import SUM, Distances
from ultimetric.analyses.given import Given
from ultimetric.histograms import bin_numbers
from ultimetric.kinds.observables import Columns, Observable


class Separation(Distances):
    """S = 1/2 sum (h1 - h2)^2 / (h1 + h2) of unit-normalised histograms.

    It is 0 for equal and 1 for disjoint histograms. Bins are those of the catalogue, under- and
    overflow included. Of equal distributions it is about (filled bins - 1)/4 times (1/n1 + 1/n2).
    Options are those of `Distances`.
    """

    method, metric = "histogram", "separation"
    section: ClassVar = "Distances of the observables"
    tables: ClassVar = (
        {
            "title": "Separation powers",
            "text": "The sum of the separation powers of the histograms of all observables, "
            "smallest first. It ranks samples also where every AUC is near 1. The baseline, truth "
            "against independent truth, is what finite numbers alone give.",
            "name": "{dataset}, all observables",
            "columns": {"sum of separation powers": "separation_sum"},
            "rank": "separation_sum",
        },
    )

    def distances(
        self, given: Given, truth_weights: np.ndarray, weights: np.ndarray
    ) -> dict[str, tuple[np.ndarray, str]]:
        catalogue = given.dataset.kind.observables
        first = _histograms(given.dataset.truth_observables, catalogue, truth_weights)
        second = _histograms(given.sample.observables, catalogue, weights)
        powers = {name: separation_power(first[name], second[name]) for name in catalogue}
        bins = {name: len(observable.edges) - 1 for name, observable in catalogue.items()}
        powers[SUM], bins[SUM] = np.sum(list(powers.values()), axis=0), sum(bins.values())
        return {name: (power, f"{bins[name]} bins") for name, power in powers.items()}


def separation_power(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """S along the last axis of two histograms (..., n_bins), each with sum 1."""
    total = first + second
    filled = np.where(total > 0, total, 1)
    return ((first - second) ** 2 / filled).sum(-1) / 2


def _histograms(
    values: Columns, catalogue: dict[str, Observable], weights: np.ndarray
) -> dict[str, np.ndarray]:
    """Histograms (replicas, n_bins) of each observable for weights (replicas, N)."""
    result = {}
    for name, observable in catalogue.items():
        bins = bin_numbers(values[name], observable.edges)
        n_events, n_bins = len(bins), len(observable.edges) - 1
        rows = np.arange(n_events + 1)
        filled = csr_array((np.ones(n_events), bins, rows), shape=(n_events, n_bins))
        result[name] = weights @ filled
    return result
