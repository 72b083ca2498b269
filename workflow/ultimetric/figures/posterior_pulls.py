"""Pulls of the weights in units of the spread of the generator's density in its posterior."""

from __future__ import annotations

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from scipy.stats import norm

from ultimetric.analyses.pulls import EDGES, pulls
from ultimetric.figures.base import FigureInputs
from ultimetric.figures.palette import BLACK
from ultimetric.figures.posterior import PosteriorFigure
from ultimetric.figures.style import line, new_figure
from ultimetric.statistics.gaussian_fit import fitted

ROW_INCHES = 2.6
LABELS = r"pull $\mu\,(w-1)/\sigma$", r"log pull $\ln w\,/\,\sigma(\ln p)$"
ROOM = 1.35  # above the highest bin, for the numbers of the fit


class PosteriorPulls(PosteriorFigure):
    """One row per test: pulls of the density and of its logarithm, with Gaussian fits."""

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        tests = self.spreads(given)
        samples = dict.fromkeys(test.sample for test in tests)
        figure = new_figure(
            8.5,
            ROW_INCHES * len(tests),
            f"{given.label(given.dataset)}: weights in units of the spread of the density, "
            f"{given.label(self.options['method'])} classifier",
            [
                *(given.named_line(name) for name in samples),
                line("Gaussian fit", BLACK),
                line("mean 0, width 1", BLACK, linestyle=":"),
            ],
            notes=given.notes(samples),
        )
        for row, test in zip(figure.subplots(len(tests), 2, squeeze=False), tests, strict=True):
            found = pulls(test.weights.sample, test.relative, test.log)
            for axes, values, label in zip(row, found, LABELS, strict=True):
                _panel(axes, values, given.colour(test.sample))
                axes.set_xlabel(label)
                axes.set_ylabel(f"fraction of {given.kind.several}")
            row[0].set_title(test.name(given), loc="left", size=9)
        return figure


def _panel(axes: Axes, values: np.ndarray, colour: str) -> None:
    counts, _ = np.histogram(values, EDGES)
    axes.stairs(counts / max(1, len(values)), EDGES, color=colour)
    inside = counts.sum() / max(1, len(values))
    fit = fitted(values, EDGES)
    for look, mean, width, share in (("-", fit.mean, fit.width, inside), (":", 0.0, 1.0, 1.0)):
        expected = share * np.diff(norm.cdf(EDGES, mean, width))
        axes.plot((EDGES[1:] + EDGES[:-1]) / 2, expected, color=BLACK, linestyle=look, linewidth=1)
    if np.isfinite(fit.width):
        axes.text(
            0.03,
            0.95,
            f"mean {fit.mean:.3f} ± {fit.mean_error:.3f}\n"
            f"width {fit.width:.3f} ± {fit.width_error:.3f}\n"
            f"{len(values) - counts.sum()} of {len(values)} outside",
            transform=axes.transAxes,
            size=8,
            va="top",
        )
    axes.set(xlim=(EDGES[0], EDGES[-1]), ylim=(0, ROOM * axes.get_ylim()[1]))
