"""How much of the exact AUC a classifier finds with so many events."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure

from ultimetric.figures.palette import ACCENTS, BLACK
from ultimetric.figures.style import line, log_scale, new_figure
from ultimetric.toy_figures.base import ToyFigure, ToyInputs

METRICS = {
    "auc_ratio": "learned AUC / exact AUC",
    "auc_excess_ratio": "(learned AUC − 0.5) / (exact AUC − 0.5)",
}


class AucEvents(ToyFigure):
    """One panel per ratio, one line per classifier; toys differ in their numbers of events.

    Options:
        about: what the toys have in common, for the title.
    """

    defaults: ClassVar[dict[str, Any]] = {"about": "toys"}

    def draw(self, inputs: ToyInputs) -> matplotlib.figure.Figure:
        names = {toy.name for toy in inputs.toys}
        rows = [row for row in inputs.rows if row.metric in METRICS and row.dataset in names]
        tests = sorted({(row.test, row.features) for row in rows})
        colours = dict(zip(tests, ACCENTS, strict=False))
        figure = new_figure(
            8.5,
            3.2,
            f"How much of the exact AUC is found, {self.options['about']}",
            [
                line(", ".join(map(inputs.label, test)), colours[test], marker="o", markersize=4)
                for test in tests
            ],
        )
        panels = figure.subplots(1, len(METRICS))
        for axes, (metric, text) in zip(panels, METRICS.items(), strict=True):
            for test, colour in colours.items():
                found = sorted(
                    (row.n_test / 2, row.value, row.error or 0.0)
                    for row in rows
                    if row.metric == metric and (row.test, row.features) == test
                    if row.value is not None
                )
                events, values, errors = zip(*found, strict=True) if found else ([], [], [])
                axes.errorbar(events, values, errors, color=colour, marker="o", markersize=4)
            axes.axhline(1, color=BLACK, linestyle=":", linewidth=0.9)
            log_scale(axes, "x")
            axes.set_xlabel("events of each class")
            axes.set_ylabel(text)
        return figure
