"""AUC against the summed separation power: what ranks samples that are all separable."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np

from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.histograms import label_x
from ultimetric.figures.palette import BLACK
from ultimetric.figures.rows import value
from ultimetric.figures.style import dot, log_scale, new_figure

SEPARATION = "separation:sum"


class Ranking(Figure):
    """One panel per feature set; the config entry needs `inputs: [metrics]`."""

    defaults: ClassVar[dict[str, Any]] = {}

    def draw(self, inputs: FigureInputs) -> matplotlib.figure.Figure:
        samples = self.samples(inputs)
        separation = {name: value(inputs.rows, name, SEPARATION) for name in samples}
        if not np.isfinite(list(separation.values())).any():
            raise NothingToShowError(f"no number {SEPARATION} (inputs: [metrics])")
        features, test = self.features(inputs), self.options["test"]
        figure = new_figure(
            3.6 * len(features),
            3.3,
            f"{inputs.label(inputs.dataset)}: AUC of the {inputs.label(test)} classifier against "
            "the sum of all separation powers",
            [dot(inputs.label(name), **inputs.points(name)) for name in samples],
        )
        panels = figure.subplots(1, len(features), squeeze=False, sharex=True, sharey=True)[0]
        for axes, name in zip(panels, features, strict=True):
            axes.axhline(0.5, color=BLACK, linestyle=":", linewidth=0.9)
            for sample, (x, x_error) in separation.items():
                y, y_error = value(inputs.rows, sample, "auc", test=test, features=name)
                points = inputs.points(sample)
                axes.errorbar(x, y, y_error, x_error, linestyle="", markersize=5, **points)
            axes.set_title(inputs.label(name), loc="left")
            log_scale(axes, "x")
            label_x(axes, "sum of separation powers")
        panels[0].set_ylabel("AUC")
        return figure
