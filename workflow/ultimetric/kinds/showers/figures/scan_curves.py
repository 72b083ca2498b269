"""Observables against the incident energy alone, or against the noise alone."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes

from ultimetric.events import Entries
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.binning import axis_label
from ultimetric.figures.style import new_figure
from ultimetric.kinds.observables import Observable
from ultimetric.kinds.showers.figures.images import geometry_of
from ultimetric.kinds.showers.figures.scanned import scans

SINGLE = 4  # lines that are drawn one by one


class ScanCurves(Figure):
    """Left columns: noise fixed, energy scanned. Right columns: energy fixed, latent walk.

    Options:
        names: The observables, one row each.
    """

    needs = ("scan",)
    section = "Conditioning"
    defaults: ClassVar[dict[str, Any]] = {"names": ["response", "s_d", "sigma_1"]}
    limits: ClassVar[dict[str, str]] = {"names": "list of observable"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        found = scans(given, self.samples(given))
        catalogue, names = given.kind.observables, self.options["names"]
        figure = new_figure(
            9.5,
            2.4 * len(names),
            f"{given.label(given.dataset)}: fixed noise along the energy, fixed energy along "
            "the noise",
            [given.named_line(name) for name in found],
        )
        rows = figure.subplots(len(names), 2, squeeze=False, sharey="row", sharex="col")
        low, high = geometry_of(given).energy_range_GeV
        for sample, scan in found.items():
            colour = given.colour(sample)
            energies = np.geomspace(low, high, scan.steps)
            for axes, name in zip(rows, names, strict=True):
                _curves(
                    axes[0], energies, _values(scan.energy, catalogue[name], scan.lines), colour
                )
                if scan.walk is not None:
                    angle = np.linspace(0, 90, scan.steps)
                    _curves(
                        axes[1], angle, _values(scan.walk, catalogue[name], scan.lines), colour
                    )
        for axes, name in zip(rows, names, strict=True):
            for panel in axes:
                panel.set_ylabel(axis_label(catalogue[name]))
        rows[0, 0].set_xscale("log")
        rows[-1, 0].set_xlabel(r"$E_\mathrm{inc}$ (GeV)")
        rows[-1, 1].set_xlabel(f"angle of the latent walk (degrees) at {(low + high) / 2:g} GeV")
        return figure


def _values(showers: Entries, observable: Observable, lines: int) -> np.ndarray:
    """An observable (steps, lines)."""
    return showers.each(observable.values).reshape(-1, lines)


def _curves(axes: Axes, x: np.ndarray, values: np.ndarray, colour: str) -> None:
    axes.plot(x, values[:, :SINGLE], color=colour, linewidth=0.6, alpha=0.6)
    axes.plot(x, values.mean(1), color=colour, linewidth=2)
