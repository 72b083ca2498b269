"""Correlations between layer energies and centroids: truth, and samples minus truth."""

from __future__ import annotations

import matplotlib.figure
import numpy as np
from scipy.stats import rankdata

from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.style import grid_shape, new_figure, panels
from ultimetric.kinds.showers.observables import compute, observables
from ultimetric.kinds.showers.showers import ShowerSet

CELL_INCHES = 0.3


class Correlations(Figure):
    """The rank correlation matrix of truth, then the difference of each sample to it."""

    def draw(self, inputs: FigureInputs) -> matplotlib.figure.Figure:
        layers = range(inputs.geometry.n_layers)
        names = [f"{x}_{i}" for x in ("E", "phi", "eta", "sigma") for i in layers]
        catalogue = observables(inputs.geometry)
        ticks = [catalogue[name].label for name in names]
        truth = correlation(inputs.truth_showers, names)
        matrices = {inputs.truth_label: truth}
        for sample in self.samples(inputs):
            title = f"{inputs.label(sample)} − {inputs.truth_label}"
            matrices[title] = correlation(inputs.showers(sample), names) - truth
        rows, columns = grid_shape(len(matrices), 3)
        size = CELL_INCHES * len(names) + 0.9
        figure = new_figure(
            size * columns + 0.8,
            size * rows,
            f"{inputs.label(inputs.dataset)}: rank correlations of energies, centroids and widths",
        )
        differences = [matrix for title, matrix in matrices.items() if title != inputs.truth_label]
        largest = max((np.abs(matrix).max() for matrix in differences), default=1.0)
        for axes, (title, matrix) in zip(
            panels(figure, len(matrices), 3), matrices.items(), strict=True
        ):
            limit, what = (1, "correlation") if matrix is truth else (largest, "difference")
            image = axes.imshow(matrix, cmap="PuOr", vmin=-limit, vmax=limit)
            axes.set_title(title)
            axes.minorticks_off()
            axes.tick_params(top=False, right=False, length=0)
            axes.set_xticks(range(len(names)), ticks, rotation=90)
            axes.set_yticks(range(len(names)), ticks)
            bar = figure.colorbar(image, ax=axes, shrink=0.8, aspect=18, pad=0.02)
            bar.set_label(what, loc="center")
        return figure


def correlation(showers: ShowerSet, names: list[str]) -> np.ndarray:
    """Spearman's rank correlations of observables; 0 for one that is constant.

    Ranks, because a handful of stray showers can rule a linear correlation.
    """
    values = compute(showers)
    ranks = rankdata(np.stack([values[name] for name in names]), axis=1)
    centred = ranks - ranks.mean(1, keepdims=True)
    length = np.sqrt((centred**2).sum(1, keepdims=True))
    unit = np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)
    return unit @ unit.T
