"""The spread of the density in the posterior of the generator against the weight."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.ticker import NullFormatter

from ultimetric.figures.bands import bands, equal_edges
from ultimetric.figures.base import FigureInputs
from ultimetric.figures.palette import BLACK
from ultimetric.figures.posterior import PosteriorFigure, Spread
from ultimetric.figures.style import line, new_figure, round_ticks

EDGES = 50
# The axes leave out this share of the entries on either side.
LEFT_OUT = 0.002
FEW_TICKS = 200  # below this ratio of its ends, powers of ten alone label too few ticks of an axis
ROW_INCHES = 2.9
LABEL_W, LABEL_SPREAD = "weight w", r"$\sigma/\mu$ of $p_\mathrm{model}$"


class PosteriorSpread(PosteriorFigure):
    """One row per test: entries in w and sigma / mu, and the median of sigma / mu against w.

    The bars are from the 15.9 % to the 84.1 % quantile of the entries in a bin.

    Options:
        bins: The number of bins in w with equal numbers of entries.
    """

    defaults: ClassVar[dict[str, Any]] = {"bins": 15}
    limits: ClassVar[dict[str, str]] = {"bins": "whole >= 1"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        tests = self.spreads(given)
        figure = new_figure(
            8.5,
            ROW_INCHES * len(tests),
            f"{given.label(given.dataset)}: spread of the density in the posterior against w, "
            f"{given.label(self.options['method'])} classifier",
            [line("median, 15.9 % to 84.1 %", BLACK)],
            notes=given.notes(dict.fromkeys(test.sample for test in tests)),
        )
        for row, test in zip(figure.subplots(len(tests), 2, squeeze=False), tests, strict=True):
            w, spread = test.weights.sample.w, test.relative[test.weights.sample.index]
            shown = np.isfinite(w) & (w > 0) & (spread > 0)
            self._panels(row, w[shown], spread[shown], given, test)
        return figure

    def _panels(
        self, row: np.ndarray, w: np.ndarray, spread: np.ndarray, given: FigureInputs, test: Spread
    ) -> None:
        edges = [_edges(w), _edges(spread)]
        image = row[0].hist2d(w, spread, edges, norm=LogNorm(), cmap="viridis")[3]
        bar = row[0].figure.colorbar(image, ax=row[0], label=given.kind.several, format="{x:g}")
        bar.ax.yaxis.set_minor_formatter(NullFormatter())
        row[0].set_title(test.name(given), loc="left", size=9)
        edges = equal_edges(w, self.options["bins"])
        centre, (low, middle, high) = bands(w, spread, edges)
        bars = (middle - low, high - middle)
        row[1].errorbar(centre, middle, bars, color=BLACK, marker="o", markersize=3, linewidth=1)
        row[1].set(xlim=row[0].get_xlim(), ylim=row[0].get_ylim())
        for axes in row:
            _labelled(axes)


def _edges(x: np.ndarray) -> np.ndarray:
    """Bins, equal in the logarithm, of all values but the extreme ones."""
    low, high = np.quantile(x, (LEFT_OUT, 1 - LEFT_OUT)) if len(x) else (0.5, 2.0)
    return np.geomspace(low / 1.02, high * 1.02, EDGES)


def _labelled(axes: Axes) -> None:
    axes.set(xscale="log", yscale="log", xlabel=LABEL_W, ylabel=LABEL_SPREAD)
    for axis in (axes.xaxis, axes.yaxis):
        low, high = axis.get_view_interval()
        if high / low < FEW_TICKS:
            round_ticks(axis)
        axis.set_minor_formatter(NullFormatter())
    axes.axvline(1, color=BLACK, linestyle=":", linewidth=0.9)
