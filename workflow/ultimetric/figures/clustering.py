"""The tails of the weights: observables of entries with small and with large w.

An illustration (arXiv:2305.16774, clustering figures): w is a function of the entry, so its tails
differ from the bulk for any classifier. Whether a tail is real is a test of truth against sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes

from ultimetric.analyses.separation import separation_power
from ultimetric.classifiers.weights import HIGH_WEIGHT, LOW_WEIGHT, Weights
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.binning import axis_label, shown_edges
from ultimetric.figures.histograms import Curve, fractions, integer_ticks, label_x, mark_beyond
from ultimetric.figures.palette import BLACK, HIGH, LIGHT, LOW
from ultimetric.figures.style import filled, grid_shape, line, new_figure
from ultimetric.kinds.observables import Observable, having

COLUMNS = 4
# Quantile bins of the bulk in which tails are compared with it: a few dozen entries fill them.
RANKING_BINS = 10
ENTRIES_PER_BIN = 15
LARGEST = 0.5  # share of the entries that a tail may hold


@dataclass(frozen=True)
class Tail:
    """Entries on one side of a threshold in w.

    Arguments:
        chosen: Which entries of the sample (N,) belong to the tail.
        text: The threshold, and how many entries pass it.
        colour: The colour of its histograms.
    """

    chosen: np.ndarray
    text: str
    colour: str


class Clustering(Figure):
    """Per sample, the observables in which its tails in w differ most from its bulk.

    Options:
        low, high: Thresholds; entries with w < low and with w > high form the tails.
        fewest: A tail with fewer entries is replaced by the 5 % of smallest or largest w. An
            observable that fewer entries of a tail have is not shown.
        panels: The number of observables to show.
        names: The observables to show, in their order; by default those that differ most.
        inputs: The inputs of the weights; several, if no entry has two of them.
    """

    needs = ("sample", "observables", "weights")
    section = "Tails of the weights"
    defaults: ClassVar[dict[str, Any]] = {
        "low": LOW_WEIGHT,
        "high": HIGH_WEIGHT,
        "fewest": 20,
        "panels": 8,
        "names": [],
        "inputs": "high_level",
        "controls": False,
    }
    limits: ClassVar[dict[str, str]] = {
        "low": "number > 0",
        "high": "number > 0",
        "fewest": "whole >= 1",
        "panels": "whole >= 1",
        "names": "list of observable",
    }

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        self.tests_to_show(given)
        tests = self.together(given)
        wanted = self.options["names"]
        catalogue = {
            k: x for k, x in given.kind.observables.items() if (k in wanted if wanted else x.shown)
        }
        ranked = {
            name: found
            for name, weights in tests.items()
            if (found := self._ranked(given, name, weights, list(catalogue)))
        }
        alike = ", ".join(given.label(name) for name in tests if name not in ranked)
        if not ranked:
            raise NothingToShowError(f"the weights have no tails: {alike}")
        truth, several = given.files.truth_observables, given.kind.several
        failed = sum(not tests[name].trusted for name in ranked)
        columns = grid_shape(COLUMNS, COLUMNS)[1]
        rows = ceil(max(len(shown) for _, shown in ranked.values()) / columns)
        figure = new_figure(
            3.3 * columns,
            (2.5 * rows + 0.4) * len(ranked),
            f"{given.label(given.dataset)}: {several} in the tails of the weights w "
            f"({', '.join(map(given.label, self.inputs(given)))})",
            [
                filled(f"all {given.truth_label} {several}"),
                *(given.named_line(name, f"all {{}} {several}") for name in ranked),
                line(f"sample {several} with small w (made too often)", LOW),
                line(f"sample {several} with large w (made too rarely)", HIGH),
            ],
            f"WEIGHTS NOT TO BE TRUSTED for {failed} of {len(ranked)} samples" if failed else "",
            [*given.notes(ranked), *([f"weights without tails: {alike}"] if alike else [])],
        )
        blocks = figure.subfigures(len(ranked), 1, squeeze=False)[:, 0]
        for block, (name, (tails, shown)) in zip(blocks, ranked.items(), strict=True):
            state = "" if tests[name].trusted else " (weights not to be trusted)"
            texts = "; ".join(tail.text for tail in tails)
            block.suptitle(f"{given.label(name)}{state}: {texts}", size=9, x=0.01, ha="left")
            panels = block.subplots(rows, columns, squeeze=False).ravel()
            for axes, (key, power, values) in zip(panels, shown, strict=False):
                of_truth = truth[key][tests[name].truth.index]
                _draw(axes, catalogue[key], of_truth, values, tails, given.colour(name))
                axes.set_ylabel(f"fraction of {several}")
                axes.set_title(f"S = {power:.2f}", loc="right", size=8)
            for spare in panels[len(shown) :]:
                spare.remove()
        return figure

    def _ranked(
        self, given: FigureInputs, sample: str, weights: Weights, names: list[str]
    ) -> tuple[list[Tail], list[tuple[str, float, np.ndarray]]] | None:
        """Tails, and each panel's observable, separation power and values; None without tails."""
        tails = find_tails(weights.sample.w, **self._thresholds)
        if not tails:
            return None
        table = given.samples[sample].observables
        values = {name: table[name][weights.sample.index] for name in names}
        chosen = rank(values, tails, names, self.options["fewest"])
        if wanted := self.options["names"]:
            chosen.sort(key=lambda item: wanted.index(item[0]))
        else:
            chosen = chosen[: self.options["panels"]]
        return (tails, [(key, power, values[key]) for key, power in chosen]) if chosen else None

    @property
    def _thresholds(self) -> dict[str, float]:
        return {name: self.options[name] for name in ("low", "high", "fewest")}


def find_tails(w: np.ndarray, low: float, high: float, fewest: int) -> list[Tail]:
    """The entries with w < low and w > high, or the outer 5 % where these are too few.

    Tails without an entry are left out: weights that are all equal have none.
    """
    tails = []
    for sign, threshold, quantile, colour in ((-1, low, 0.05, LOW), (1, high, 0.95, HIGH)):
        chosen, relation = sign * w > sign * threshold, "<" if sign < 0 else ">"
        text = f"w {relation} {threshold:g}: {chosen.sum()} of {len(w)}"
        if chosen.sum() < fewest:
            outer = np.sort(w)[int(quantile * len(w))]
            chosen = sign * w >= sign * outer
            if chosen.mean() > LARGEST:  # many weights are alike: all others on this side
                chosen = sign * w > sign * outer
            text += f", so 5 % at w {relation} {outer:.3g}: {chosen.sum()}"
        tails.append(Tail(chosen, text, colour))
    return [tail for tail in tails if 0 < tail.chosen.sum() < len(w)]


def rank(
    values: dict[str, np.ndarray], tails: list[Tail], names: list[str], fewest: int
) -> list[tuple[str, float]]:
    """Observables with the larger separation power of either tail from the bulk, falling.

    None, if there is no tail or no bulk. An observable counts among the entries that have it, and
    is left out if none of the bulk has it, or fewer than `fewest` of a tail that is larger: of a
    handful of entries every observable differs.
    """
    bulk = ~np.any([tail.chosen for tail in tails], axis=0)
    if not tails or not bulk.any():
        return []
    powers = {}
    for name in names:
        x, *parts = (values[name][rows] for rows in (bulk, *(tail.chosen for tail in tails)))
        x, *parts = (part[having(part)] for part in (x, *parts))
        few = any(
            len(part) < min(fewest, tail.chosen.sum())
            for part, tail in zip(parts, tails, strict=True)
        )
        if few or not len(x):
            continue
        edges = np.unique(np.quantile(x, np.linspace(0, 1, RANKING_BINS + 1)))
        if len(edges) < 2:
            continue
        reference = fractions(x, edges).values
        powers[name] = max(
            float(separation_power(fractions(part, edges).values, reference)) for part in parts
        )
    return sorted(powers.items(), key=lambda item: -item[1])


def _draw(
    axes: Axes,
    observable: Observable,
    truth: np.ndarray,
    sample: np.ndarray,
    tails: list[Tail],
    colour: str,
) -> None:
    tailed = [sample[tail.chosen] for tail in tails]
    truth, sample, *tailed = (x[having(x)] for x in (truth, sample, *tailed))
    smallest = min(map(len, tailed))
    edges = shown_edges(observable, truth, [sample], ENTRIES_PER_BIN, smallest)
    reference, whole = fractions(truth, edges), fractions(sample, edges)
    parts = [
        Curve(fractions(x, edges), tail.colour) for x, tail in zip(tailed, tails, strict=True)
    ]
    axes.set_xscale(observable.x_scale)
    axes.stairs(reference.values, edges, fill=True, color=LIGHT)
    for curve in (Curve(whole, colour), *parts):
        axes.stairs(curve.histogram.values, edges, **curve.line)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(bottom=0)
    mark_beyond(axes, edges, [(truth, BLACK), (sample, colour)])
    label_x(axes, axis_label(observable))
    integer_ticks(axes, edges)
