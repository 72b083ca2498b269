"""Mean and width of the response E_tot/E_inc against incident energy."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from scipy.stats import norm

from ultimetric.events import Events
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.style import (
    band,
    dot,
    filled,
    grid_shape,
    log_scale,
    new_figure,
    panels,
    side_by_side,
)
from ultimetric.kinds.observables import Columns
from ultimetric.kinds.showers.figures.images import geometry_of

LEAST_SHOWERS = 10
NEAR = 0.06  # of all visible energy: mean response beside the truth's that the axis shows
BELOW = 10  # factor below the truth's width that it shows
CENTRAL = norm.cdf((-1, 1))  # the central 68 %
PANELS = {
    "mean": r"mean of $E_\mathrm{tot}/E_\mathrm{inc}$",
    "width": "half of the central 68 % / mean",
    "deviation": "standard deviation / mean",
}
Moments = dict[str, np.ndarray]


class Response(Figure):
    """Mean, half of the central 68 %, and standard deviation, in bins of incident energy.

    A few showers can rule the standard deviation, but not the central 68 %.

    Options:
        bins: The number of bins over the geometry's range of incident energies, equal on its axis.
    """

    needs = ("truth", "sample", "observables")
    section = "Observables"
    overlaid = True
    defaults: ClassVar[dict[str, Any]] = {"bins": 10}
    limits: ClassVar[dict[str, str]] = {"bins": "whole >= 1"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        edges = given.condition.steps(self.options["bins"] + 1)
        samples = self.samples(given)
        rows, columns = grid_shape(len(PANELS), len(PANELS))
        figure = new_figure(
            4.2 * columns,
            3.4 * rows,
            f"{given.label(given.dataset)}: response, samples against {given.truth_label}",
            [
                filled(f"{given.truth_label} (band: statistical error)"),
                *(dot(given.label(name), **given.points(name)) for name in samples),
            ],
        )
        truth = _moments(given.files.truth, given.files.truth_observables, edges)
        moments = {
            name: _moments(given.samples[name].events, given.samples[name].observables, edges)
            for name in samples
        }
        for axes, (moment, label) in zip(
            panels(figure, len(PANELS), len(PANELS)), PANELS.items(), strict=True
        ):
            band(axes, edges, *truth[moment])
            for k, name in enumerate(samples):
                axes.errorbar(
                    side_by_side(edges, k, len(samples), given.condition.scale),
                    *moments[name][moment],
                    linestyle="",
                    markersize=3,
                    **given.points(name),
                )
            axes.set_xlabel(r"$E_\mathrm{inc}$ (GeV)")
            axes.set_ylabel(label)
            axes.set(xscale=given.condition.scale, xlim=(edges[0], edges[-1]))
            if moment == "mean":
                _around(axes, truth[moment][0], NEAR * geometry_of(given).visible)
            else:
                log_scale(axes, "y")
                if np.nanmax(truth[moment][0], initial=0) > 0:
                    low = np.nanmin(truth[moment][0][truth[moment][0] > 0]) / BELOW
                    axes.set_ylim(bottom=max(low, axes.get_ylim()[0]))
        return figure


def _around(axes: Axes, truth: np.ndarray, near: float) -> None:
    """Show the truth and what lies near it; triangles at the rim point to samples beyond."""
    if not np.isfinite(truth).any():
        return
    low, high = np.nanmin(truth) - near, np.nanmax(truth) + near
    bottom, top = axes.get_ylim()
    low, high = max(low, bottom), min(high, top)
    for container in axes.containers:
        points = container[0]
        x, y = points.get_data()
        for outside, rim, marker in ((y > high, 0.97, "^"), (y < low, 0.03, "v")):
            if outside.any():
                axes.plot(
                    np.asarray(x)[outside],
                    np.full(outside.sum(), rim),
                    marker,
                    color=points.get_color(),
                    markersize=4,
                    transform=axes.get_xaxis_transform(),
                )
    axes.set_ylim(low, high)


def _moments(showers: Events, table: Columns, edges: np.ndarray) -> Moments:
    return response_moments(showers.condition[:, 0], table["response"], edges)


def response_moments(energy: np.ndarray, response: np.ndarray, edges: np.ndarray) -> Moments:
    """Value and error (2, bins) of each of PANELS; NaN where showers are few.

    Arguments:
        energy: Incident energies (N,) in GeV.
        response: The responses (N,).
        edges: Edges of the bins of incident energy (bins + 1,), in GeV.
    """
    result = {name: np.full((2, len(edges) - 1), np.nan) for name in PANELS}
    for k, (low, high) in enumerate(pairwise(edges)):
        inside = response[(energy >= low) & (energy < high)]
        mean = inside.mean() if len(inside) >= LEAST_SHOWERS else 0
        if not mean:
            continue
        sigma = inside.std(ddof=1)
        fourth = np.mean((inside - mean) ** 4)
        # Var(s^2) = (mu4 - s^4) / n holds without a Gaussian shape.
        error = np.sqrt(max(fourth - sigma**4, 0) / len(inside)) / (2 * sigma) if sigma else 0
        result["mean"][:, k] = mean, sigma / np.sqrt(len(inside))
        result["width"][:, k] = np.array(central_width(inside)) / mean
        result["deviation"][:, k] = sigma / mean, error / mean
    return result


def central_width(values: np.ndarray) -> tuple[float, float]:
    """Half of the range that holds the central 68 % of values (N,), and its error.

    The errors of both ends are those of order statistics, whatever the shape: a quantile p has
    its place in the sorted values to sqrt(N p (1 - p)). They are correlated by p / (1 - p).
    """
    n, (p, _) = len(values), CENTRAL
    (low, high), step = np.quantile(values, CENTRAL), np.sqrt(p * (1 - p) / n)
    ends = np.quantile(values, np.clip([CENTRAL - step, CENTRAL + step], 0, 1))
    errors = (ends[1] - ends[0]) / 2
    variance = (errors**2).sum() - 2 * p / (1 - p) * errors.prod()
    return float(high - low) / 2, float(np.sqrt(variance)) / 2
