"""Rate and distortion of autoencoders, and what they do to the samples."""

from __future__ import annotations

import matplotlib.figure
import numpy as np

from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.palette import GREY
from ultimetric.figures.rows import value
from ultimetric.figures.style import dot, new_figure

PANELS = {
    "distortion": "distortion (nats per {entry})",
    "separation:sum": "sum of separation powers",
}


class RateDistortion(Figure):
    """Distortion, and the separation power of the samples, against the rate.

    The config entry needs `inputs: [metrics]`.
    """

    def draw(self, inputs: FigureInputs) -> matplotlib.figure.Figure:
        rates = {name: value(inputs.rows, name, "rate") for name in self.samples(inputs)}
        rates = {name: rate for name, rate in rates.items() if np.isfinite(rate[0])}
        if not rates:
            raise NothingToShowError("no sample has a rate (inputs: [metrics])")
        order = sorted(rates, key=lambda name: rates[name][0])
        figure = new_figure(
            4.2 * len(PANELS),
            3.3,
            f"{inputs.label(inputs.dataset)}: rate and distortion of held-out truth",
            [dot(inputs.label(name), **inputs.points(name)) for name in order],
        )
        for axes, (metric, text) in zip(
            figure.subplots(1, len(PANELS)), PANELS.items(), strict=True
        ):
            found = {name: value(inputs.rows, name, metric) for name in order}
            axes.plot(
                [rates[name][0] for name in order],
                [found[name][0] for name in order],
                color=GREY,
                linewidth=0.8,
                zorder=1,
            )
            for name, (y, y_error) in found.items():
                x, x_error = rates[name]
                axes.errorbar(
                    x, y, y_error, x_error, linestyle="", markersize=5, **inputs.points(name)
                )
            axes.set_xlabel(f"rate (nats per {inputs.kind.entry})")
            axes.set_ylabel(text.format(entry=inputs.kind.entry))
        return figure
