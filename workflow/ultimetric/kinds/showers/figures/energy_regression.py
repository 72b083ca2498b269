"""Bias and resolution of estimated incident energies, and the expected resolution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes

from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.palette import BLACK
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
from ultimetric.kinds.showers.regression.predictions import HELD_OUT, in_bins, read_predictions
from ultimetric.statistics.bootstrap import REPLICAS

ANALYSIS = "energy_regression"
LABELS = {
    "bias": r"mean of $E_\mathrm{est} / E_\mathrm{inc} - 1$",
    "resolution": r"standard deviation of $E_\mathrm{est} / E_\mathrm{inc}$",
}
Numbers = dict[str, np.ndarray]


class EnergyRegression(Figure):
    """Bias and resolution against true energy, and resolution seen against resolution expected.

    Options:
        bins: The number of bins over the geometry's range of incident energies, equal on its axis.
    """

    needs = ()
    analyses = ("energy_regression",)
    section = "Incident energy"
    overlaid = True
    defaults: ClassVar[dict[str, Any]] = {"bins": 10}
    limits: ClassVar[dict[str, str]] = {"bins": "whole >= 1"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        samples = self.samples(given)
        if not (paths := given.arrays_of(ANALYSIS)):
            raise NothingToShowError("no energy was estimated")
        edges = given.condition.steps(self.options["bins"] + 1)
        found = read_predictions(paths[0])
        numbers = {
            name: in_bins(found[name], edges, REPLICAS, np.random.default_rng(0))
            for name in (HELD_OUT, *samples)
        }
        rows, columns = grid_shape(3, 3)
        figure = new_figure(
            4.2 * columns,
            3.5 * rows,
            f"{given.label(given.dataset)}: incident energy estimated from showers",
            [
                filled(f"{given.truth_label} (band: statistical error)"),
                *(dot(given.label(name), **given.points(name)) for name in samples),
            ],
        )
        *against_energy, known = panels(figure, 3, 3)
        for axes, number in zip(against_energy, LABELS, strict=True):
            band(axes, edges, *numbers[HELD_OUT][number])
            for k, name in enumerate(samples):
                place = side_by_side(edges, k, len(samples), given.condition.scale)
                _points(axes, place, numbers[name][number], given.points(name))
            axes.set_xlabel(r"$E_\mathrm{inc}$ (GeV)")
            axes.set_ylabel(LABELS[number])
            axes.set(xscale=given.condition.scale, xlim=(edges[0], edges[-1]))
        log_scale(against_energy[1], "y")
        _points(known, *_widths(numbers[HELD_OUT]), {"color": BLACK, "marker": "o"})
        for name in samples:
            _points(known, *_widths(numbers[name]), given.points(name))
        log_scale(known, "xy")
        ends = known.get_xlim()
        known.plot(ends, ends, color=BLACK, linestyle=":", linewidth=0.9)
        known.set_xlim(*ends)
        known.set_xlabel(r"resolution expected, rms of $\sigma / E_\mathrm{inc}$")
        known.set_ylabel("resolution seen")
        return figure


def _widths(numbers: Numbers) -> tuple[np.ndarray, np.ndarray]:
    """Expected resolution (bins,), and the one seen with its error (2, bins)."""
    return numbers["expected"][0], numbers["resolution"]


def _points(axes: Axes, place: np.ndarray, numbers: np.ndarray, look: Mapping[str, Any]) -> None:
    axes.errorbar(place, *numbers, linestyle="", markersize=3, **look)
