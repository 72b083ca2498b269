"""Estimated energies of showers of few true energies, one histogram for each."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib
import matplotlib.figure
import numpy as np

from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.style import line, new_figure
from ultimetric.kinds.showers.figures.estimated import regressors
from ultimetric.kinds.showers.regression.estimates import Estimates
from ultimetric.kinds.showers.regression.predictions import HELD_OUT

COLOURS = "viridis"
BINS_PER_STEP = 5


class EnergyReconstruction(Figure):
    """Rows are regressors, columns truth and samples.

    Options:
        energies: The true energies in GeV, default 20, 30 ... 90.
        width: The largest distance of a shower's true energy from one of these, in GeV, default 2.
    """

    needs = ()
    analyses = ("frechet_regression",)
    section = "Incident energy"
    defaults: ClassVar[dict[str, Any]] = {
        "energies": [20, 30, 40, 50, 60, 70, 80, 90],
        "width": 2.0,
    }
    limits: ClassVar[dict[str, str]] = {"energies": "list of number > 0", "width": "number > 0"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        names = [HELD_OUT, *self.samples(given)]
        found = regressors(given)
        energies = np.sort(self.options["energies"]).astype(float)
        shades = matplotlib.colormaps[COLOURS](np.linspace(0, 0.9, len(energies)))
        figure = new_figure(
            3.2 * len(names) + 0.5,
            2.3 * len(found) + 0.2,
            f"{given.label(given.dataset)}: estimated energies of showers near some true energies",
            [line(f"{x:g} GeV", c) for x, c in zip(energies, shades, strict=True)],
        )
        step = np.diff(energies).min() if len(energies) > 1 else energies[0]
        bins = np.arange(0, energies[-1] + 2.5 * step, step / BINS_PER_STEP)
        grid = figure.subplots(len(found), len(names), squeeze=False, sharex=True, sharey=True)
        for row, (regressor, sets) in zip(grid, found.items(), strict=True):
            for axes, name in zip(row, names, strict=True):
                for energy, shade in zip(energies, shades, strict=True):
                    if name in sets:
                        near = estimates_at(energy, sets[name], self.options["width"])
                        axes.stairs(_shares(near, bins), bins, color=shade)
                    axes.axvline(energy, color=shade, linestyle=":", linewidth=0.8)
            row[0].set_ylabel(f"{given.label(regressor)}\nshare of showers")
        for axes, name in zip(grid[0], names, strict=True):
            axes.set_title(given.truth_label if name == HELD_OUT else given.label(name), size=9)
        for axes in grid[-1]:
            axes.set(xlim=(bins[0], bins[-1]))
            axes.set_xlabel(r"$E_\mathrm{est}$ (GeV)")
        return figure


def estimates_at(energy: float, sets: Estimates, width: float) -> np.ndarray:
    """The estimates for showers near an energy, moved by what their true energy is away from it.

    Arguments:
        energy: The energy in GeV.
        sets: The estimates.
        width: The largest distance of the true energy from it, in GeV.
    """
    near = np.abs(sets.energy - energy) <= width
    return sets.estimate[near] - sets.energy[near] + energy


def _shares(values: np.ndarray, bins: np.ndarray) -> np.ndarray:
    return np.histogram(values, bins)[0] / max(1, len(values))
