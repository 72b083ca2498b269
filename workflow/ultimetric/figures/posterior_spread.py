"""The spread of the density in the posterior of the generator against the weight."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.ticker import LogLocator, NullFormatter
from scipy.stats import norm

from ultimetric.figures.base import FigureInputs
from ultimetric.figures.palette import BLACK
from ultimetric.figures.posterior import PosteriorFigure, Spread
from ultimetric.figures.style import line, new_figure

BAND = (*norm.cdf((-1, 0, 1)),)
EDGES = 50
# The axes leave out this share of the entries on either side.
LEFT_OUT = 0.002
FEWEST = 10  # entries of a bin that has a point
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
        centre, (low, middle, high) = quantiles(w, spread, self.options["bins"])
        bars = (middle - low, high - middle)
        row[1].errorbar(centre, middle, bars, color=BLACK, marker="o", markersize=3, linewidth=1)
        row[1].set(xlim=row[0].get_xlim(), ylim=row[0].get_ylim())
        for axes in row:
            _labelled(axes)


def quantiles(w: np.ndarray, spread: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Median w (bins,) and quantiles BAND of the spread (3, bins), in bins of equal numbers.

    Arguments:
        w, spread: Weights and spreads of entries (N,).
        bins: The number of bins; those with fewer than FEWEST entries are nan.
    """
    parts = np.array_split(np.argsort(w, kind="stable"), bins)
    enough = [part if len(part) >= FEWEST else None for part in parts]
    centre = [np.nan if part is None else np.median(w[part]) for part in enough]
    found = [
        np.full(len(BAND), np.nan) if part is None else np.quantile(spread[part], BAND)
        for part in enough
    ]
    return np.array(centre), np.array(found).T


def _edges(x: np.ndarray) -> np.ndarray:
    """Bins, equal in the logarithm, of all values but the extreme ones."""
    low, high = np.quantile(x, (LEFT_OUT, 1 - LEFT_OUT)) if len(x) else (0.5, 2.0)
    return np.geomspace(low / 1.02, high * 1.02, EDGES)


def _labelled(axes: Axes) -> None:
    axes.set(xscale="log", yscale="log", xlabel=LABEL_W, ylabel=LABEL_SPREAD)
    for axis in (axes.xaxis, axes.yaxis):
        low, high = axis.get_view_interval()
        if high / low < FEW_TICKS:
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())
    axes.axvline(1, color=BLACK, linestyle=":", linewidth=0.9)
