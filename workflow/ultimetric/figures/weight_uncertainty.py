"""The uncertainty of the weights (arXiv:2305.16774, Bayesian classifier)."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from ultimetric.classifiers.weights import Side, Weights
from ultimetric.figures.bands import bands, equal_edges
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.histograms import label_x
from ultimetric.figures.palette import ALARM, BLACK
from ultimetric.figures.style import dot, grid_shape, log_scale, new_figure, panels, round_ticks

# Points of truth and sample in a bin stand apart by this part of the axis.
APART = 0.006
NARROWEST = (0.45, 2.2)
# Below this range of sigma(w)/w, powers of ten alone label too few ticks.
FEW_TICKS = 200
NO_WEIGHT = "all weights are 0 or infinite"


class WeightUncertainty(Figure):
    """Median of sigma(w)/w against w and its 15.9 % and 84.1 % quantiles, on truth and sample.

    One panel per sample and set of inputs with a spread: over repeats, and in the posterior.

    Options:
        bins: The number of bins with equal numbers of entries.
    """

    needs = ("sample", "weights")
    section = "Classifier weights"
    defaults: ClassVar[dict[str, Any]] = {"bins": 15, "controls": False}
    limits: ClassVar[dict[str, str]] = {"bins": "whole >= 1"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        tests = {
            key: weights
            for key, weights in self.tests_to_show(given).items()
            if np.isfinite(weights.joined("w_std")).all()
        }
        if not tests:
            raise NothingToShowError("weights of one training without a posterior have no spread")
        failed = sum(not weights.trusted for weights in tests.values())
        rows, columns = grid_shape(len(tests), 4)
        samples = dict.fromkeys(sample for sample, _ in tests)
        several = given.kind.several
        figure = new_figure(
            3.7 * columns,
            2.7 * rows,
            f"{given.label(given.dataset)}: spread of the weights, "
            f"{given.label(self.options['method'])} classifier",
            [
                dot(f"{given.truth_label} {several}", BLACK, "s"),
                *(dot(f"{given.label(s)} {several}", **given.points(s)) for s in samples),
            ],
            f"WEIGHTS NOT TO BE TRUSTED in {failed} of {len(tests)} panels" if failed else "",
            given.notes(samples),
        )
        axes_of = zip(panels(figure, len(tests), columns), tests.items(), strict=True)
        for axes, ((sample, inputs), weights) in axes_of:
            self._panel(axes, weights, given.points(sample))
            axes.set_title(
                f"{given.label(sample)}, {given.label(inputs)}",
                loc="left",
                size=9,
                color=BLACK if weights.trusted else ALARM,
            )
        return figure

    def _panel(self, axes: Axes, weights: Weights, look: dict[str, str]) -> None:
        w = weights.joined("w")
        w = w[np.isfinite(w) & (w > 0)]
        if not len(w):
            axes.text(0.5, 0.5, NO_WEIGHT, transform=axes.transAxes, ha="center", size=8)
            return
        edges = equal_edges(w, self.options["bins"])
        apart = (edges[-2] / edges[1]) ** APART
        sides = (
            (weights.truth, 1 / apart, {"color": BLACK, "marker": "s"}),
            (weights.sample, apart, look),
        )
        for side, shift, points in sides:
            centre, (low, middle, high) = relative_spread(side, edges)
            axes.errorbar(
                centre * shift,
                middle,
                (middle - low, high - middle),
                linestyle="",
                markersize=3,
                linewidth=1,
                **points,
            )
        axes.axvline(1, color=BLACK, linestyle=":", linewidth=0.9)
        log_scale(axes, "xy")
        low, high = axes.get_xlim()
        axes.set_xlim(min(low, NARROWEST[0]), max(high, NARROWEST[1]))
        label_x(axes, "weight w")
        low, high = axes.get_ylim()
        if axes.get_yscale() == "log" and high / low < FEW_TICKS:
            round_ticks(axes.yaxis)
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_ylabel(r"$\sigma(w)/w$")


def relative_spread(side: Side, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median w (bins,) and quantiles of sigma(w)/w (3, bins), see `bands`.

    Arguments:
        side: The weights of truth or sample; those of 0 or infinity are left out.
        edges: The edges of bins in w; the end bins take what lies outside.
    """
    rows = (side.w > 0) & np.isfinite(side.w)
    return bands(side.w[rows], side.w_std[rows] / side.w[rows], edges)
