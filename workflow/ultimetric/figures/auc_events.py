"""The learned AUC over the exact AUC against the number of entries."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np

from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.palette import ACCENTS, BLACK
from ultimetric.figures.rows import chosen
from ultimetric.figures.style import line, log_scale, new_figure

METRICS = {
    "auc_ratio": "learned AUC / exact AUC",
    "auc_excess_ratio": "(learned AUC − 0.5) / (exact AUC − 0.5)",
}


class AucEvents(Figure):
    """One panel per ratio, one line per classifier; datasets differ in their numbers of entries.

    The option `beside` of the config entry names the other datasets.

    Options:
        about: The common property of the datasets, for the title.
    """

    needs = ()
    analyses = ("exact",)
    section = "Exact weights"
    defaults: ClassVar[dict[str, Any]] = {"about": "datasets of several sizes"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        rows = given.rows[given.rows["metric"].isin(METRICS)].dropna(subset="value")
        if rows.empty:
            raise NothingToShowError("no weights were compared with exact ones")
        tests = sorted(set(zip(rows["method"], rows["inputs"], strict=True)))
        colours = dict(zip(tests, ACCENTS, strict=False))
        figure = new_figure(
            8.5,
            3.2,
            f"How much of the exact AUC is found, {self.options['about']}",
            [
                line(", ".join(map(given.label, test)), colour, marker="o", markersize=4)
                for test, colour in colours.items()
            ],
        )
        panels = figure.subplots(1, len(METRICS))
        for axes, (metric, text) in zip(panels, METRICS.items(), strict=True):
            for (method, inputs), colour in colours.items():
                found = chosen(rows, metric=metric, method=method, inputs=inputs)
                found = found.sort_values(["n_test", "value"])
                numbers = found["n_test"].to_numpy(float) / 2
                errors = np.nan_to_num(found["error"])
                look = {"color": colour, "marker": "o", "markersize": 4}
                axes.errorbar(numbers, found["value"], errors, **look)
            axes.axhline(1, color=BLACK, linestyle=":", linewidth=0.9)
            log_scale(axes, "x")
            axes.set_xlabel(f"{given.kind.several} of each class")
            axes.set_ylabel(text)
        return figure
