"""Learned against exact log w, entry by entry, and the exact weight at a learned one."""

from __future__ import annotations

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm

from ultimetric.figures.base import FigureInputs
from ultimetric.figures.exact import ExactFigure, Known
from ultimetric.figures.palette import ACCENTS, BLACK
from ultimetric.figures.style import few_ticks, grid_shape, line, new_figure, panels

COLUMNS = 3
# The axes hold all but this share of the entries whose exact weight is finite on either side.
LEFT_OUT = 5e-4
BINS = 60
QUANTILES = 15


class Agreement(ExactFigure):
    """One panel per test: density of entries, diagonal, and E_sample[exact w | learned w]."""

    section = "Exact weights"

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        tests = self.known(given)
        rows, columns = grid_shape(len(tests), COLUMNS)
        figure = new_figure(
            3.6 * columns,
            3.6 * rows,
            f"{given.label(given.dataset)}: learned against exact weights, "
            f"{given.label(self.options['method'])}",
            [
                line("exact = learned", BLACK, linestyle="--"),
                line(
                    f"mean of the exact w of {given.kind.several} of the sample",
                    ACCENTS[1],
                    marker="o",
                    markersize=4,
                ),
            ],
            notes=given.notes(dict.fromkeys(method.sample for method in tests)),
        )
        places = panels(figure, len(tests), COLUMNS)
        for axes, method in zip(places, tests, strict=True):
            _draw(axes, method)
            axes.set_title(method.name(given), loc="left")
            axes.text(
                0.04, 0.96, f"{len(method.exact.truth)} + {len(method.exact.sample)}",
                transform=axes.transAxes, va="top", size=8,
            )  # fmt: skip
        return figure


def _draw(axes: Axes, method: Known) -> None:
    learned, exact = method.weights.joined("logit"), method.exact.joined
    finite = np.isfinite(exact)
    drawn = learned[finite]
    both = np.concatenate([drawn[np.isfinite(drawn)], exact[finite]])
    low, high = np.quantile(both, (LEFT_OUT, 1 - LEFT_OUT)) if len(both) else (0.0, 0.0)
    if low == high:  # all weights are equal
        low, high = low - 1, high + 1
    edges = np.linspace(low, high, BINS + 1)
    counts = np.histogram2d(learned[finite], exact[finite], [edges, edges])[0].T
    shown = np.ma.masked_equal(counts, 0)
    norm = LogNorm(1, max(counts.max(), 10))
    axes.pcolormesh(edges, edges, shown, cmap="Blues", norm=norm, rasterized=True)
    axes.plot([low, high], [low, high], "--", color=BLACK, linewidth=1.0)
    axes.errorbar(
        *conditional(*method.sides[1]), color=ACCENTS[1], marker="o", markersize=3.5, linewidth=1.2
    )
    axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    for axis in (axes.xaxis, axes.yaxis):
        few_ticks(axis)
    axes.set_xlabel("learned log w")
    axes.set_ylabel("exact log w")


def conditional(learned: np.ndarray, exact: np.ndarray) -> tuple[np.ndarray, ...]:
    """Log of the mean learned and of the mean exact weight, and the error of the latter.

    Arguments:
        learned, exact: The weights of sample entries (N,); bins have equal numbers of learned
            ones.
    """
    bins = np.array_split(np.argsort(learned), max(1, min(QUANTILES, len(learned) // 2)))
    x = np.array([learned[rows].mean() for rows in bins])
    y = np.array([exact[rows].mean() for rows in bins])
    error = np.array(
        [exact[rows].std(ddof=min(1, len(rows) - 1)) / np.sqrt(len(rows)) for rows in bins]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(x), np.log(y), error / y
