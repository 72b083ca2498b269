"""Correlations between observables: truth, and samples minus truth."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np

from ultimetric.errors import UserError
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.numbered import stem
from ultimetric.figures.style import grid_shape, new_figure, panels
from ultimetric.findings.families import spearman
from ultimetric.kinds.observables import Columns, Observable

CELL_INCHES, LARGEST_INCHES = 0.3, 12.0


class Correlations(Figure):
    """The rank correlation matrix of truth, then the difference of each sample to it.

    Options:
        names: The observables in their order; the name without number stands for all numbered
            ones, such as E for E_0 and E_1. By default all that figures show.
    """

    needs = ("observables",)
    section = "Observables"
    defaults: ClassVar[dict[str, Any]] = {"names": []}
    limits: ClassVar[dict[str, str]] = {"names": "list of text"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        names = chosen(given.kind.observables, self.options["names"])
        ticks = [given.kind.observables[name].label for name in names]
        truth = correlation(given.files.truth_observables, names)
        matrices = {given.truth_label: truth}
        for sample in self.samples(given):
            title = f"{given.label(sample)} − {given.truth_label}"
            matrices[title] = correlation(given.samples[sample].observables, names) - truth
        rows, columns = grid_shape(len(matrices), 3)
        inside = min(CELL_INCHES * len(names), LARGEST_INCHES)
        figure = new_figure(
            (inside + 0.9) * columns + 0.8,
            (inside + 0.9) * rows,
            f"{given.label(given.dataset)}: rank correlations of observables",
        )
        differences = [matrix for title, matrix in matrices.items() if title != given.truth_label]
        largest = max((np.abs(matrix).max() for matrix in differences), default=1.0)
        step = -(-len(names) * CELL_INCHES // LARGEST_INCHES)
        labelled = range(0, len(names), int(step))
        for axes, (title, matrix) in zip(
            panels(figure, len(matrices), 3), matrices.items(), strict=True
        ):
            limit, what = (1, "correlation") if matrix is truth else (largest, "difference")
            image = axes.imshow(matrix, cmap="PuOr", vmin=-limit, vmax=limit)
            axes.set_title(title)
            axes.minorticks_off()
            axes.tick_params(top=False, right=False, length=0)
            axes.set_xticks(labelled, [ticks[k] for k in labelled], rotation=90)
            axes.set_yticks(labelled, [ticks[k] for k in labelled])
            bar = figure.colorbar(image, ax=axes, shrink=0.8, aspect=18, pad=0.02)
            bar.set_label(what, loc="center")
        return figure


def chosen(catalogue: dict[str, Observable], wanted: list[str]) -> list[str]:
    """The names of the observables that `names` asks for.

    Raises:
        UserError: There is no such observable.
    """
    if not wanted:
        return [name for name, observable in catalogue.items() if observable.shown]
    found = {name: [x for x in catalogue if name in (x, stem(x))] for name in wanted}
    if unknown := [name for name, names in found.items() if not names]:
        raise UserError(f"figure correlations: no observable {', '.join(unknown)}")
    return [name for names in found.values() for name in names]


def correlation(values: Columns, names: list[str]) -> np.ndarray:
    """Spearman's rank correlations of observables (N,); 0 for one that is constant.

    Ranks are used because few outliers can dominate a linear correlation.
    """
    return spearman(np.column_stack([values[name] for name in names]))
