"""Separation power of every observable (CaloChallenge, arXiv:2410.21611)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.base import option_error
from ultimetric.analyses.distances import SUM, Distances, compared
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Key
from ultimetric.histograms import bin_matrix, bin_numbers
from ultimetric.statistics.bootstrap import REPLICAS

OWN = "own"  # the name of the binning of the catalogue
Powers = dict[Key, tuple[np.ndarray, str]]


class Separation(Distances):
    """S = 1/2 sum (h1 - h2)^2 / (h1 + h2) of unit-normalised histograms.

    It is 0 for equal and 1 for disjoint histograms. Of equal distributions it is about
    (filled bins - 1)/4 times (1/n1 + 1/n2).

    Bins are those of the catalogue, under- and overflow included. Kinds with published histograms
    have these besides, as metrics `separation_<binning>`, with `separation_<binning>_mean` of each
    published group of observables and `separation_<binning>_sum` of all observables in a group.
    They drop what lies outside their edges, as published; S is 1 if that is all of one side.

    Options:
        replicas: As of `Distances`.
        binning: The names of binnings, of "own" (the catalogue's) and those of the kind; by
            default all.

    Raises:
        UserError: The kind has none of these binnings.
    """

    method, metric = "histogram", "separation"
    section: ClassVar = "Distances of the observables"
    defaults: ClassVar = {"replicas": REPLICAS, "binning": None}
    limits: ClassVar = {"replicas": "whole >= 2", "binning": "text or list of text or null"}
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
        {
            "title": "Separation powers in the binning of the CaloChallenge",
            "text": "Means over layers, as in the tables of arXiv:2410.21611, and the sum over "
            "all histograms, smallest first. Published values are of 100,000 showers or more: "
            "with fewer, those of the baseline are larger in proportion.",
            "name": "{dataset}, binning of the CaloChallenge",
            "columns": {
                "sum": "separation_calochallenge_sum",
                "{}": {"metric": "separation_calochallenge_mean", "by": "observable"},
            },
            "rank": "separation_calochallenge_sum",
        },
    )

    def distances(self, given: Given, truth_weights: np.ndarray, weights: np.ndarray) -> Powers:
        found: Powers = {}
        for name in self._chosen(given):
            if name == OWN:
                found |= _own(given, truth_weights, weights)
            else:
                found |= _published(given, name, truth_weights, weights)
        return found

    def _chosen(self, given: Given) -> list[str]:
        """The names of the binnings of the kind that the options name, or all."""
        known, wanted = [OWN, *given.dataset.kind.binnings], self.options["binning"]
        if wanted is None:
            return known
        wanted = [wanted] if isinstance(wanted, str) else wanted
        if not (chosen := [name for name in known if name in wanted]):
            raise option_error(
                "separation", f"{given.dataset.name} has the binnings {', '.join(known)} only"
            )
        return chosen


def separation_power(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """S along the last axis of two histograms (..., n_bins), each with sum 1."""
    total = first + second
    filled = np.where(total > 0, total, 1)
    return ((first - second) ** 2 / filled).sum(-1) / 2


def _own(given: Given, truth_weights: np.ndarray, weights: np.ndarray) -> Powers:
    """The separation power of each observable of the catalogue, and their sum."""
    catalogue = given.dataset.kind.observables
    tables = given.dataset.truth_observables, given.sample.observables
    powers, bins = {}, {}
    for name, x in compared(*tables, truth_weights, weights):
        edges = catalogue[name].edges
        first = histogram(x.truth, edges, x.truth_weights)
        second = histogram(x.sample, edges, x.weights)
        powers[name], bins[name] = separation_power(first, second), len(edges) - 1
    powers[SUM], bins[SUM] = np.sum(list(powers.values()), axis=0), sum(bins.values())
    return {name: (power, f"{bins[name]} bins") for name, power in powers.items()}


def histogram(values: np.ndarray, edges: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """A histogram (replicas, n_bins) of values (N,) for weights (replicas, N)."""
    return weights @ bin_matrix(bin_numbers(values, edges), len(edges) - 1)


def _published(
    given: Given, binning: str, truth_weights: np.ndarray, weights: np.ndarray
) -> Powers:
    """The separation powers of a binning of the kind, their means in each group and their sum."""
    truth, sample = given.dataset, given.sample
    tables = truth.truth_observables, sample.observables
    metric = f"separation_{binning}"
    found: Powers = {}
    groups: dict[str, list[np.ndarray]] = {}
    histograms = truth.kind.binnings[binning].histograms(truth.truth, tables[0])
    for of in histograms:
        first = of.counts(truth.truth, tables[0])
        second = of.counts(sample.events, tables[1])
        if not first.values or not second.values:
            continue  # no entries at this condition
        power = dropping_power(truth_weights @ first.matrix, weights @ second.matrix)
        outside = [f"{100 * x.outside:.3g} %" for x in (first, second)]
        note = f"{len(of.edges) - 1} bins"
        if first.outside or second.outside:
            note += f"; {outside[0]} of truth and {outside[1]} of the sample are outside"
        found[metric, of.observable, of.bin] = power, note
        if of.group:
            groups.setdefault(of.group, []).append(power)
    for name, powers in groups.items():
        mean = np.mean(powers, axis=0)
        several = f"mean of {len(powers)} histograms" if len(powers) > 1 else "one histogram"
        found[f"{metric}_mean", name] = mean, several
    every = [power for powers in groups.values() for power in powers]
    found[(f"{metric}_sum",)] = np.sum(every, axis=0), f"sum of {len(every)} histograms"
    return found


def dropping_power(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """S along the last axis of two histograms (..., n_bins), each normalised to what it holds.

    An empty histogram, of which all lies outside the edges, is disjoint from one that is not.
    """
    shares, empty = [], []
    for histogram in (first, second):
        total = histogram.sum(-1, keepdims=True)
        shares.append(histogram / np.where(total > 0, total, 1))
        empty.append(total[..., 0] <= 0)
    return np.where(empty[0] ^ empty[1], 1.0, separation_power(*shares))
