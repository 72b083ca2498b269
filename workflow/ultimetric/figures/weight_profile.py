"""Learned w against an observable, with the exact w and the ratio of truth to sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from scipy.stats import norm

from ultimetric.figures.base import FigureInputs
from ultimetric.figures.binning import axis_label, shown_edges
from ultimetric.figures.exact import ExactFigure, Known
from ultimetric.figures.histograms import integer_ticks, label_x
from ultimetric.figures.marginals import merged
from ultimetric.figures.palette import BLACK, GREY
from ultimetric.figures.style import (
    dot,
    grid_shape,
    line,
    new_figure,
    panels,
    round_ticks,
)
from ultimetric.forms.names import one_of
from ultimetric.histograms import bin_numbers, histogram
from ultimetric.kinds.observables import Columns, Observable
from ultimetric.statistics.shares import ratios_of_shares

COLUMNS = 3
FEWEST = 10  # entries of the truth in a bin
LEVELS = norm.cdf((-1, 0, 1))  # of the band and the line
ALPHA = 0.25
# The axis holds all drawn values within these ends, and this factor of room.
LARGEST, ROOM = 30.0, 1.6


@dataclass(frozen=True)
class WeightsIn:
    """Weights in bins of an observable; all but the edges and the quantiles are (bins,).

    Arguments:
        edges: The edges of the bins (bins + 1,).
        quantiles: Quantiles of the learned w of truth and sample at LEVELS (3, bins).
        exact: The mean exact w of the sample's entries; infinite in bins without any.
        ratio, error: The share of truth over that of the sample; infinite without any. Related
            entries count as one in errors.
    """

    edges: np.ndarray
    quantiles: np.ndarray
    exact: np.ndarray
    ratio: np.ndarray
    error: np.ndarray


class WeightProfile(ExactFigure):
    """One panel per test.

    Options:
        observable: The name of the observable; by default the first of the kind that is shown.
    """

    needs = ("sample", "observables", "weights", "exact")
    section = "Exact weights"
    defaults: ClassVar[dict[str, Any]] = {"observable": None, "controls": False}
    limits: ClassVar[dict[str, str]] = {"observable": "observable or null"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        observable = self._observable(given)
        tests = self.known(given)
        rows, columns = grid_shape(len(tests), COLUMNS)
        figure = new_figure(
            3.8 * columns,
            3.2 * rows,
            f"{given.label(given.dataset)}: learned and exact w against "
            f"{observable.words or observable.name}, {given.label(self.options['method'])}",
            [
                line("learned w: median and central 68 % of truth and sample", GREY),
                line("exact w", BLACK, linestyle="--"),
                dot("truth / sample", BLACK, "o"),
                dot("without bound: no entry of the sample", BLACK, "^"),
            ],
            notes=given.notes(dict.fromkeys(test.sample for test in tests)),
        )
        truth = given.files.truth_observables
        for axes, test in zip(panels(figure, len(tests), COLUMNS), tests, strict=True):
            sample = given.samples[test.sample].observables
            found = weights_in(observable, truth, sample, test)
            _draw(axes, found, given.colour(test.sample))
            axes.set_title(test.name(given), loc="left")
            axes.set_ylabel("weight w")
            axes.set_xscale(observable.x_scale)
            label_x(axes, axis_label(observable))
            integer_ticks(axes, found.edges)
        return figure

    def _observable(self, given: FigureInputs) -> Observable:
        known = given.kind.observables
        name = self.options["observable"] or next(x.name for x in known.values() if x.shown)
        one_of(name, known, "figure weight_profile: observable")
        return known[name]


def weights_in(observable: Observable, truth: Columns, sample: Columns, test: Known) -> WeightsIn:
    """The weights of a test in bins of an observable with at least FEWEST entries of the truth.

    If exact weights are a function of the observable, they are the ratio of truth to sample.

    Arguments:
        observable: The observable.
        truth, sample: The observables of truth and of the sample by name.
        test: The learned and the exact weights.
    """
    sides = test.weights.truth, test.weights.sample
    values = [
        table[observable.name][side.index]
        for table, side in zip((truth, sample), sides, strict=True)
    ]
    there = [np.isfinite(x) for x in values]
    values = [x[of] for x, of in zip(values, there, strict=True)]
    edges = shown_edges(observable, values[0])
    edges = merged(edges, histogram(values[0], edges)[0], FEWEST)
    bins = [bin_numbers(x, edges) for x in values]
    learned = np.concatenate([side.w[of] for side, of in zip(sides, there, strict=True)])
    of_learned, n_bins = np.concatenate(bins), len(edges) - 1
    quantiles = [np.quantile(learned[of_learned == k], LEVELS) for k in range(n_bins)]
    counts = np.bincount(bins[1], minlength=n_bins)
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = np.bincount(bins[1], np.exp(test.exact.sample[there[1]]), n_bins) / counts
    group = test.weights.group
    ratio, error = ratios_of_shares(
        *(x[:, None] == np.arange(n_bins) for x in bins),
        None if group is None else group[np.concatenate(there)],
    )
    exact = np.where(counts > 0, exact, np.inf)
    return WeightsIn(edges, np.transpose(quantiles), exact, ratio, error)


def _draw(axes: Axes, found: WeightsIn, colour: str) -> None:
    edges, (low, median, high) = found.edges, found.quantiles
    axes.set_yscale("log")
    round_ticks(axes.yaxis)
    axes.axhline(1, color=BLACK, linewidth=0.6)
    axes.stairs(high, edges, baseline=low, fill=True, color=colour, alpha=ALPHA)
    axes.stairs(median, edges, baseline=None, color=colour)
    drawn = np.concatenate([low, high, found.exact, found.ratio])
    factors = np.abs(np.log(drawn[np.isfinite(drawn) & (drawn > 0)]))
    end = ROOM * min(float(np.exp(factors.max(initial=0))), LARGEST)
    exact = np.where(np.isfinite(found.exact), found.exact, end)
    axes.stairs(exact, edges, baseline=None, color=BLACK, linestyle="--", linewidth=1.0)
    centres = (edges[:-1] + edges[1:]) / 2
    there = np.isfinite(found.ratio) & (found.ratio > 0)
    axes.errorbar(
        centres[there], found.ratio[there], found.error[there],
        color=BLACK, linestyle="", marker="o", markersize=3, linewidth=1,
    )  # fmt: skip
    beyond = np.isposinf(found.ratio)
    axes.plot(centres[beyond], np.full(beyond.sum(), end**0.93), "^", color=BLACK, markersize=5)
    axes.set(xlim=(edges[0], edges[-1]), ylim=(1 / end, end))
