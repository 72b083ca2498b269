"""Relative mass of jets: truth, distorted sets, and where the tails of the weights sit in it."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes

from ultimetric.classifiers.weights import Weights
from ultimetric.errors import UserError
from ultimetric.figures.histograms import Curve, draw_panel, fractions
from ultimetric.figures.palette import ACCENTS, BLACK, HIGH, LIGHT, LOW
from ultimetric.figures.style import filled, line, new_figure
from ultimetric.toy_figures.base import Toyed, ToyFigure, ToyInputs
from ultimetric.toys.events import Events

EDGES = np.linspace(0, 0.3, 31)
FEWEST = 5


class JetMasses(ToyFigure):
    """Mass of truth and of every sample; then, per test, that of truth in the tails of w.

    Options:
        cut: name of the toy whose sample lacks jets beyond a mass.
    """

    defaults: ClassVar[dict[str, Any]] = {"cut": "jets_tailcut"}

    def draw(self, inputs: ToyInputs) -> matplotlib.figure.Figure:
        cut = self._cut(inputs)
        tests = cut.tests(self.options["test"])
        colours = dict(zip((toy.name for toy in inputs.toys), ACCENTS, strict=False))
        tails = [("largest w", HIGH), ("smallest w", LOW)] if tests else []
        figure = new_figure(
            5.4 * (1 + len(tests)),
            4.0,
            "Relative mass of gluon jets: truth, distorted sets, and truth in the tails of w",
            [
                filled("truth"),
                *(line(inputs.label(toy.sample), colours[toy.name]) for toy in inputs.toys),
                *(
                    line(f"truth of {name}, {inputs.label(cut.sample)}", colour)
                    for name, colour in tails
                ),
            ],
        )
        # The lower half of a panel is an inset.
        grid = figure.add_gridspec(1, 1 + len(tests))
        _masses(figure, grid[0], inputs, colours)
        for k, (features, weights) in enumerate(tests.items(), 1):
            axes = figure.add_subplot(grid[k])
            _tails(axes, cut.read, weights)
            names = self.options["test"], features
            axes.set_title(", ".join(map(inputs.label, names)), loc="left")
        return figure

    def _cut(self, inputs: ToyInputs) -> Toyed:
        for toy in inputs.toys:
            if toy.name == self.options["cut"]:
                return toy
        raise UserError(f"figure jet_masses: no toy {self.options['cut']!r} is shown")


def _masses(
    figure: matplotlib.figure.Figure, place: Any, inputs: ToyInputs, colours: dict[str, str]
) -> None:
    def histogram(toy: Toyed, label: int) -> Any:
        events = toy.read
        return fractions(events.observables["mass"][events.label == label], EDGES)

    truth = histogram(inputs.toys[0], 1)
    curves = [Curve(histogram(toy, 0), colours[toy.name]) for toy in inputs.toys]
    label = inputs.toys[0].read.labels["mass"]
    draw_panel(
        figure, place, EDGES, truth, curves,
        label=label, log_y=True, y_label="fraction of jets", limits=(0, 3),
    )  # fmt: skip


def _tails(axes: Axes, events: Events, weights: Weights) -> None:
    truth = events.label == 1
    mass, beyond = events.observables["mass"][truth], ~np.isfinite(events.log_w[truth])
    order = np.argsort(weights.truth.w)
    n = max(FEWEST, int(beyond.sum()))
    axes.stairs(fractions(mass, EDGES).values, EDGES, fill=True, color=LIGHT)
    for rows, colour in ((order[-n:], HIGH), (order[:n], LOW)):
        axes.stairs(fractions(mass[rows], EDGES).values, EDGES, color=colour, linewidth=1.4)
    if beyond.any():
        axes.axvline(mass[beyond].min(), color=BLACK, linestyle=":", linewidth=1.0)
    found = beyond[order[-n:]].sum()
    axes.text(
        0.97, 0.95,
        f"{n} of largest w:\n{found} beyond the cut\n({n * beyond.mean():.1f} by chance)",
        transform=axes.transAxes, ha="right", va="top", size=8,
    )  # fmt: skip
    axes.set_xlim(EDGES[0], EDGES[-1])
    axes.set_xlabel(events.labels["mass"])
    axes.set_ylabel("fraction of jets")
