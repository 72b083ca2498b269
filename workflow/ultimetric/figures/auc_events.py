"""How much of the exact AUC a classifier finds with so many entries."""

from __future__ import annotations

from typing import ClassVar

import matplotlib.figure

from ultimetric.figures.base import FigureInputs, NothingToShowError
from ultimetric.figures.exact import ExactFigure
from ultimetric.figures.palette import ACCENTS, BLACK
from ultimetric.figures.style import line, log_scale, new_figure

METRICS = {
    "auc_ratio": "learned AUC / exact AUC",
    "auc_excess_ratio": "(learned AUC − 0.5) / (exact AUC − 0.5)",
}


class AucEvents(ExactFigure):
    """One panel per ratio, one line per classifier; datasets differ in their numbers of entries.

    The config entry needs `inputs: [metrics]`, and `beside` names the other datasets.

    Options:
        about: What the datasets have in common, for the title.
    """

    defaults: ClassVar = {"about": "datasets of several sizes"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        rows = [row for row in given.rows if row.metric in METRICS and row.value is not None]
        if not rows:
            raise NothingToShowError("there are no numbers of the metric `exact`")
        tests = sorted({(row.method, row.inputs) for row in rows})
        colours = dict(zip(tests, ACCENTS, strict=False))
        figure = new_figure(
            8.5,
            3.2,
            f"How much of the exact AUC is found, {self.options['about']}",
            [
                line(", ".join(map(given.label, method)), colour, marker="o", markersize=4)
                for method, colour in colours.items()
            ],
        )
        panels = figure.subplots(1, len(METRICS))
        for axes, (metric, text) in zip(panels, METRICS.items(), strict=True):
            for method, colour in colours.items():
                found = sorted(
                    (row.n_test / 2, row.value, row.error or 0.0)
                    for row in rows
                    if row.metric == metric and (row.method, row.inputs) == method
                )
                numbers, values, errors = zip(*found, strict=True) if found else ([], [], [])
                axes.errorbar(numbers, values, errors, color=colour, marker="o", markersize=4)
            axes.axhline(1, color=BLACK, linestyle=":", linewidth=0.9)
            log_scale(axes, "x")
            axes.set_xlabel(f"{given.kind.several} of each class")
            axes.set_ylabel(text)
        return figure
