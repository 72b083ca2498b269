"""Relative mass of jets: truth, samples, and where the tails of the weights sit in it."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes

from ultimetric.analyses.exact import tail_of
from ultimetric.figures.base import FigureInputs, NothingToShowError
from ultimetric.figures.exact import ExactFigure, Known
from ultimetric.figures.histograms import Curve, draw_panel, fractions
from ultimetric.figures.palette import BLACK, HIGH, LIGHT, LOW
from ultimetric.figures.style import filled, line, new_figure

MASS = "mass"
EDGES = np.linspace(0, 0.3, 31)


class JetMasses(ExactFigure):
    """Mass of truth and of every sample; then, per test, that of truth in the tails of w.

    Options:
        cut: The name of the sample that lacks jets beyond a mass.
    """

    needs = ("sample", "observables", "weights", "exact")
    section = "Exact weights"
    defaults: ClassVar = {"cut": "mass_cut", "controls": False}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        cut = self.options["cut"]
        if cut not in given.samples:
            raise NothingToShowError(f"no sample {cut!r} is shown")
        tests = [method for method in self.known(given) if method.sample == cut]
        tails = [("largest w", HIGH), ("smallest w", LOW)] if tests else []
        samples = self.samples(given)
        figure = new_figure(
            5.4 * (1 + len(tests)),
            4.0,
            f"Relative mass of {given.label(given.dataset)}: truth, samples, and truth in the "
            "tails of w",
            [
                filled("truth"),
                *(given.named_line(name) for name in samples),
                *(line(f"truth of {name}, {given.label(cut)}", colour) for name, colour in tails),
            ],
            notes=given.notes(samples),
        )
        # The lower half of a panel is an inset.
        grid = figure.add_gridspec(1, 1 + len(tests))
        label = given.kind.observables[MASS].label
        _masses(figure, grid[0], given, samples, label)
        for k, method in enumerate(tests, 1):
            axes = figure.add_subplot(grid[k])
            _tails(axes, method, given.files.truth_observables[MASS])
            names = self.options["method"], method.inputs
            axes.set_title(", ".join(map(given.label, names)), loc="left")
            axes.set_xlabel(label)
        return figure


def _masses(
    figure: matplotlib.figure.Figure,
    place: Any,
    given: FigureInputs,
    samples: list[str],
    label: str,
) -> None:
    shares = {name: fractions(given.samples[name].observables[MASS], EDGES) for name in samples}
    draw_panel(
        figure, place, EDGES, fractions(given.files.truth_observables[MASS], EDGES),
        [Curve(share, given.colour(name)) for name, share in shares.items()],
        label=label, log_y=True, y_label="fraction of jets", limits=(0, 3),
    )  # fmt: skip


def _tails(axes: Axes, method: Known, mass: np.ndarray) -> None:
    """Truth with as many jets of largest and of smallest w as the sample lacks."""
    rows, beyond = tail_of(method.weights, method.exact.truth)
    n, mass = len(rows), mass[method.weights.truth.index]
    axes.stairs(fractions(mass, EDGES).values, EDGES, fill=True, color=LIGHT)
    for chosen, colour in ((rows, HIGH), (np.argsort(method.weights.truth.w)[:n], LOW)):
        axes.stairs(fractions(mass[chosen], EDGES).values, EDGES, color=colour, linewidth=1.4)
    if beyond.any():
        axes.axvline(mass[beyond].min(), color=BLACK, linestyle=":", linewidth=1.0)
    axes.text(
        0.97, 0.95,
        f"{n} of largest w:\n{beyond[rows].sum()} beyond the cut\n({n * beyond.mean():.1f} by "
        "chance)",
        transform=axes.transAxes, ha="right", va="top", size=8,
    )  # fmt: skip
    axes.set_xlim(EDGES[0], EDGES[-1])
    axes.set_ylabel("fraction of jets")
