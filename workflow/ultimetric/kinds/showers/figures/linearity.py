"""Linearity and resolution of regressors against the true energy."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np

from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.palette import BLACK
from ultimetric.figures.style import (
    band,
    dot,
    filled,
    log_scale,
    new_figure,
    round_ticks,
    side_by_side,
)
from ultimetric.kinds.showers.figures.estimated import regressors
from ultimetric.kinds.showers.regression.cores import in_bins
from ultimetric.kinds.showers.regression.predictions import HELD_OUT
from ultimetric.statistics.bootstrap import REPLICAS

LABELS = (
    r"$\mu_{90}$ of $E_\mathrm{est} / E_\mathrm{inc}$",
    r"$\sigma_{90} / \mu_{90}$",
)


class Linearity(Figure):
    """One row for each regressor: mean and relative width of the core of estimated energies.

    Options:
        bins: The number of bins over the geometry's range of incident energies, equal on its axis.
    """

    needs = ()
    analyses = ("frechet_regression",)
    section = "Incident energy"
    defaults: ClassVar[dict[str, Any]] = {"bins": 9}
    limits: ClassVar[dict[str, str]] = {"bins": "whole >= 1"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        samples = self.samples(given)
        found = regressors(given)
        edges = given.condition.steps(self.options["bins"] + 1)
        figure = new_figure(
            9,
            2.7 * len(found),
            f"{given.label(given.dataset)}: linearity and resolution of regressors",
            [
                filled(f"{given.truth_label} (band: statistical error)"),
                *(dot(given.label(name), **given.points(name)) for name in samples),
            ],
        )
        grid = figure.subplots(len(found), 2, squeeze=False, sharex=True, sharey="col")
        for row, (regressor, sets) in zip(grid, found.items(), strict=True):
            shown = [name for name in samples if name in sets]
            numbers = {
                name: in_bins(
                    sets[name].energy,
                    sets[name].estimate,
                    edges,
                    REPLICAS,
                    np.random.default_rng(0),
                )
                for name in (HELD_OUT, *shown)
            }
            for k, (axes, label) in enumerate(zip(row, LABELS, strict=True)):
                band(axes, edges, *numbers[HELD_OUT][k])
                for i, name in enumerate(shown):
                    place = side_by_side(edges, i, len(shown), given.condition.scale)
                    axes.errorbar(
                        place, *numbers[name][k], linestyle="", markersize=3, **given.points(name)
                    )
                axes.set_ylabel(label)
                axes.set(xscale=given.condition.scale, xlim=(edges[0], edges[-1]))
            row[0].axhline(1, color=BLACK, linestyle=":", linewidth=0.9)
            row[0].set_title(given.label(regressor), loc="left", size=9)
            log_scale(row[1], "y")
        if grid[0, 1].get_yscale() == "log":
            round_ticks(grid[0, 1].yaxis)
        for axes in grid[-1]:
            axes.set_xlabel(r"$E_\mathrm{inc}$ (GeV)")
        return figure
