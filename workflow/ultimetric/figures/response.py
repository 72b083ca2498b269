"""Mean and resolution of the response E_tot/E_inc against incident energy."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

import matplotlib.figure
import numpy as np

from ultimetric.data.showers import ShowerSet
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.style import band, dot, filled, new_figure, side_by_side
from ultimetric.observables import compute

LEAST_SHOWERS = 10


class Response(Figure):
    """Mean, and standard deviation over mean, in bins of incident energy.

    Options:
        bins: number of bins of equal width over the geometry's range of incident energies.
    """

    defaults: ClassVar[dict[str, Any]] = {"bins": 10}
    limits: ClassVar[dict[str, str]] = {"bins": "whole >= 1"}

    def draw(self, inputs: FigureInputs) -> matplotlib.figure.Figure:
        edges = np.linspace(*inputs.geometry.energy_range_GeV, self.options["bins"] + 1)
        samples = self.samples(inputs)
        figure = new_figure(
            9.5,
            3.4,
            f"{inputs.label(inputs.dataset)}: response, samples against {inputs.truth_label}",
            [
                filled(f"{inputs.truth_label} (band: statistical error)"),
                *(dot(inputs.label(name), **inputs.points(name)) for name in samples),
            ],
        )
        panels = figure.subplots(1, 2)
        truth = response_moments(inputs.truth_showers, edges)
        for axes, moment in zip(panels, truth, strict=True):
            band(axes, edges, *moment)
        for k, name in enumerate(samples):
            place = side_by_side(edges, k, len(samples))
            moments = response_moments(inputs.showers(name), edges)
            for axes, (value, error) in zip(panels, moments, strict=True):
                axes.errorbar(
                    place, value, error, linestyle="", markersize=3, **inputs.points(name)
                )
        for axes, label in zip(
            panels,
            (r"mean of $E_\mathrm{tot}/E_\mathrm{inc}$", r"standard deviation / mean"),
            strict=True,
        ):
            axes.set_xlabel(r"$E_\mathrm{inc}$ (GeV)")
            axes.set_ylabel(label)
            axes.set_xlim(edges[0], edges[-1])
        panels[1].set_yscale("log")
        return figure


def response_moments(
    showers: ShowerSet, edges: np.ndarray
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Mean and its error, sigma over mean and its error (bins,); NaN where showers are few."""
    response = compute(showers)["response"]
    result = np.full((4, len(edges) - 1), np.nan)
    for k, (low, high) in enumerate(pairwise(edges)):
        inside = response[(showers.energy >= low) & (showers.energy < high)]
        if len(inside) < LEAST_SHOWERS:
            continue
        mean, sigma = inside.mean(), inside.std(ddof=1)
        fourth = np.mean((inside - mean) ** 4)
        # Var(s^2) = (mu4 - s^4) / n holds without a Gaussian shape.
        error = np.sqrt(max(fourth - sigma**4, 0) / len(inside)) / (2 * sigma) if sigma else 0
        result[:, k] = mean, sigma / np.sqrt(len(inside)), sigma / mean, error / mean
    return (result[0], result[1]), (result[2], result[3])
