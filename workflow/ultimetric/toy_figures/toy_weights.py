"""Learned and exact weights of truth and sample, linear and logarithmic."""

from __future__ import annotations

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes

from ultimetric.figures.palette import ACCENTS, BLACK, LIGHT
from ultimetric.figures.style import filled, line, new_figure
from ultimetric.figures.weight_axes import finite
from ultimetric.toy_figures.base import ToyFigure, ToyInputs

LINEAR = np.linspace(0, 3, 51)
# The log axis holds all but this fraction of the learned weights, in whole decades.
LEFT_OUT = 1e-3
WIDEST = 4
BINS_PER_DECADE = 15
ROW_INCHES = 2.5
SAMPLE = ACCENTS[0]


class ToyWeights(ToyFigure):
    """One row per test: w on [0, 3], and w on logarithmic axes."""

    def draw(self, inputs: ToyInputs) -> matplotlib.figure.Figure:
        tests = self.tests(inputs)
        figure = new_figure(
            9.5,
            ROW_INCHES * len(tests),
            f"Weights of toys: learned by the {inputs.label(self.options['test'])} classifier, "
            "and exact",
            [
                filled("learned w of truth"),
                line("exact w of truth", BLACK, linestyle="--"),
                line("learned w of the sample", SAMPLE),
                line("exact w of the sample", SAMPLE, linestyle="--"),
            ],
        )
        places = figure.subplots(len(tests), 2, squeeze=False)
        for row, (toy, features, weights) in zip(places, tests, strict=True):
            exact = np.exp(toy.read.log_w)
            sides = (
                (weights.truth.w, exact[weights.label == 1]),
                (weights.sample.w, exact[weights.label == 0]),
            )
            for axes, edges in zip(row, (LINEAR, _log_edges(weights.joined("w"))), strict=True):
                _draw(axes, edges, sides)
            row[1].set(xscale="log", yscale="log")
            names = inputs.label(toy.name), inputs.label(features)
            row[0].set_title(", ".join(dict.fromkeys(names)), loc="left")
        return figure


def _draw(axes: Axes, edges: np.ndarray, sides: tuple[tuple[np.ndarray, np.ndarray], ...]) -> None:
    (truth, exact_truth), (sample, exact_sample) = (
        [_fractions(w, edges) for w in side] for side in sides
    )
    axes.stairs(truth, edges, fill=True, color=LIGHT)
    axes.stairs(exact_truth, edges, color=BLACK, linestyle="--", linewidth=1.0)
    axes.stairs(sample, edges, color=SAMPLE)
    axes.stairs(exact_sample, edges, color=SAMPLE, linestyle="--", linewidth=1.0)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xlabel("weight w")
    axes.set_ylabel("fraction of events")


def _fractions(w: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Fractions of events per bin; weights outside the axis are clipped to its end bins."""
    return np.histogram(np.clip(w, edges[0], edges[-1]), edges)[0] / len(w)


def _log_edges(w: np.ndarray) -> np.ndarray:
    ends = np.log10(np.quantile(finite(w), (LEFT_OUT / 2, 1 - LEFT_OUT / 2)))
    reach = float(np.clip(np.ceil(np.abs(ends).max()), 1, WIDEST))
    return np.logspace(-reach, reach, int(2 * BINS_PER_DECADE * reach) + 1)
