"""Cells to which regressors' distances of truth and samples are attributed."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.colors import AsinhNorm

from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.numbers import with_error
from ultimetric.figures.rows import value
from ultimetric.figures.style import new_figure
from ultimetric.kinds.showers.figures.estimated import regressors
from ultimetric.kinds.showers.figures.images import axis_labels, geometry_of

COLOURS = "PuOr_r"
PANEL_INCHES = 1.75
LINEAR = 0.05  # of the scale of colours, which is logarithmic beyond


class Attribution(Figure):
    """Rows are samples; for each regressor, three columns with the sum along each axis.

    Options:
        regressors: The names of the regressors; by default all.
        percent: The largest contribution on the scale of colours, in per cent; by default that of
            the image in which it is largest.
    """

    needs = ()
    analyses = ("frechet_regression",)
    section = "Distances of all observables together"
    defaults: ClassVar[dict[str, Any]] = {"regressors": None, "percent": None}
    limits: ClassVar[dict[str, str]] = {
        "regressors": "list of text or null",
        "percent": "number > 0 or null",
    }

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        samples = self.samples(given)
        shares = {
            (sample, regressor): _share(found)
            for regressor, sets in regressors(given, untrained=True).items()
            if regressor in (self.options["regressors"] or [regressor])
            for sample in samples
            if sample in sets and (found := sets[sample].attribution) is not None
        }
        if not shares:
            raise NothingToShowError("no distance was attributed to cells")
        geometry = geometry_of(given)
        names = list(dict.fromkeys(regressor for _, regressor in shares))
        images = {key: projections(x.reshape(geometry.box)) for key, x in shares.items()}
        largest = max(np.abs(x).max() for each in images.values() for x in each)
        limit = self.options["percent"] or largest or 1.0
        norm = AsinhNorm(LINEAR * limit, -limit, limit)
        figure = new_figure(
            3 * PANEL_INCHES * len(names) + 1.2,
            (PANEL_INCHES + 0.25) * len(samples) + 0.3,
            f"{given.label(given.dataset)}: cells that make the Fréchet regression distance",
        )
        grid = figure.subplots(len(samples), 3 * len(names), squeeze=False)
        right, upwards = axis_labels(geometry)
        layers = np.array([geometry.layer_numbers[0] - 0.5, geometry.layer_numbers[-1] + 0.5])
        first, second = (x[[0, -1]] for x in geometry.grids[0].edges())
        sides = (
            ("layer", upwards, [*layers, *first]),
            ("layer", right, [*layers, *second]),
            (right, upwards, [*second, *first]),
        )
        for row, sample in zip(grid, samples, strict=True):
            for k, axes in enumerate(row):
                regressor, axis = names[k // 3], k % 3
                if (sample, regressor) not in images:
                    axes.set_axis_off()
                    continue
                x_label, y_label, extent = sides[axis]
                drawn = axes.imshow(
                    images[sample, regressor][axis],
                    origin="lower",
                    aspect="auto",
                    extent=extent,
                    cmap=COLOURS,
                    norm=norm,
                )
                axes.minorticks_off()
                axes.set_xlabel(x_label, loc="center", size=8)
                axes.set_ylabel(y_label, loc="center", size=8)
                if axis == 0:
                    score = with_error(*value(given.rows, sample, "frd", inputs=regressor))
                    text = f"{given.label(sample)}\n{given.label(regressor)}: FRD {score}"
                    axes.set_title(text, size=8, loc="left")
        bar = figure.colorbar(drawn, ax=grid, aspect=30, pad=0.01)
        bar.set_label("contribution to the distance of the means (%)", loc="center")
        return figure


def projections(cells: np.ndarray) -> list[np.ndarray]:
    """Cells (layers, n, m) summed along the second, the first axis of cells, and the layers.

    Layers run to the right in the first two, the second axis of cells in the last one.
    """
    return [cells.sum(2).T, cells.sum(1).T, cells.sum(0)]


def _share(attribution: np.ndarray) -> np.ndarray:
    """Contributions in per cent of the sum of their absolute values."""
    total = np.abs(attribution).sum()
    return 100 * attribution / (total or 1)
