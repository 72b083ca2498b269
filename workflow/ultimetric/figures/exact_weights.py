"""Learned and exact weights of truth and sample, linear and logarithmic."""

from __future__ import annotations

import matplotlib.figure
from matplotlib.axes import Axes

from ultimetric.figures.base import FigureInputs
from ultimetric.figures.exact import ExactFigure, Known
from ultimetric.figures.palette import ACCENTS, BLACK, LIGHT
from ultimetric.figures.style import filled, line, new_figure
from ultimetric.figures.weight_axes import VARIANTS, WeightAxis

ROW_INCHES = 2.5
SAMPLE = ACCENTS[0]
DASHED = {"linestyle": "--", "linewidth": 1.0}


class ExactWeights(ExactFigure):
    """One row per test: w on [0, 3], and w on logarithmic axes of whole decades."""

    section = "Exact weights"

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        tests = self.known(given)
        figure = new_figure(
            9.5,
            ROW_INCHES * len(tests),
            f"{given.label(given.dataset)}: weights learned by the "
            f"{given.label(self.options['method'])} classifier, and exact ones",
            [
                filled("learned w of truth"),
                line("exact w of truth", BLACK, linestyle="--"),
                line("learned w of the sample", SAMPLE),
                line("exact w of the sample", SAMPLE, linestyle="--"),
            ],
            notes=given.notes(dict.fromkeys(method.sample for method in tests)),
        )
        places = figure.subplots(len(tests), 2, squeeze=False)
        for row, method in zip(places, tests, strict=True):
            for axes, variant in zip(row, ("linear", "decades"), strict=True):
                _draw(
                    axes, VARIANTS[variant](method.weights.joined("w")), method, given.kind.several
                )
            row[0].set_title(method.name(given), loc="left")
        return figure


def _draw(axes: Axes, axis: WeightAxis, method: Known, several: str) -> None:
    axis.prepare(axes)
    (truth, exact_truth), (sample, exact_sample) = (
        [axis.fractions(w) for w in side] for side in method.sides
    )
    axes.stairs(truth, axis.edges, fill=True, color=LIGHT)
    axes.stairs(exact_truth, axis.edges, color=BLACK, **DASHED)
    axes.stairs(sample, axis.edges, color=SAMPLE)
    axes.stairs(exact_sample, axis.edges, color=SAMPLE, **DASHED)
    axes.set_xlabel("weight w")
    axes.set_ylabel(f"fraction of {several}")
