"""Separation power of every observable (CaloChallenge, arXiv:2410.21611)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.sparse import csr_array

from ultimetric.classifiers.weights import groups_in
from ultimetric.histograms import bin_numbers
from ultimetric.kinds.base import Columns, Observable
from ultimetric.metrics.base import Metric, MetricInputs, Row
from ultimetric.metrics.bootstrap import REPLICAS, bootstrap_weights


class Separation(Metric):
    """S = 1/2 sum (h1 - h2)^2 / (h1 + h2) of unit-normalised histograms.

    It is 0 for equal and 1 for disjoint histograms. Bins are those of the catalogue, under- and
    overflow included. With finite numbers S is above 0 for equal distributions too, by about
    (filled bins - 1)/4 times (1/n1 + 1/n2): compare it with the floor at the same numbers. The
    error is the standard deviation over Poisson bootstrap replicas of the events.

    Options:
        replicas: number of bootstrap replicas, default 100.
    """

    defaults: ClassVar = {"replicas": REPLICAS}
    limits: ClassVar = {"replicas": "whole >= 2"}

    def rows(self, inputs: MetricInputs) -> list[Row]:
        """One row per observable and their sum."""
        replicas = self.options["replicas"]
        catalogue = inputs.truth.kind.observables
        rng = np.random.default_rng(inputs.seed)
        first, second = (
            _histograms(values, catalogue, bootstrap_weights(n, replicas, rng, group))
            for values, n, group in zip(
                (inputs.truth_observables, inputs.observables),
                (len(inputs.truth), len(inputs.events)),
                groups_in(inputs.weights),
                strict=True,
            )
        )
        powers = {name: separation_power(first[name], second[name]) for name in catalogue}
        powers["sum"] = np.sum(list(powers.values()), axis=0)
        return [
            Row(
                dataset=inputs.dataset,
                sample=inputs.sample,
                test="histogram",
                features="",
                metric=f"separation:{name}",
                value=float(power[0]),
                error=float(power[1:].std(ddof=1)),
                error_test=float(power[1:].std(ddof=1)),
                n_test=len(inputs.truth) + len(inputs.events),
                note=f"{_bins(catalogue, name)} bins; {replicas} bootstrap replicas",
            )
            for name, power in powers.items()
        ]


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


def _bins(catalogue: dict[str, Observable], name: str) -> int:
    chosen = catalogue.values() if name == "sum" else [catalogue[name]]
    return sum(len(observable.edges) - 1 for observable in chosen)
