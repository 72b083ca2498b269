"""AUC in bins of incident energy: at which energies is a sample told from truth?"""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np

from ultimetric.classifiers.weights import Weights
from ultimetric.errors import UserError
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.palette import BLACK
from ultimetric.figures.scores import mean_score
from ultimetric.figures.style import dot, grid_shape, new_figure, panels, side_by_side
from ultimetric.kinds.showers.formats.calogan import read_energies
from ultimetric.metrics.auc import delong

FEWEST = 5
ALONE = 0.05  # half width of the bin of a single energy, in units of it


class AucAgainstEnergy(Figure):
    """One panel per feature set, one colour per sample; errors from test showers (DeLong).

    Options:
        bins: number of bins with equal numbers of truth showers, at least 5.
    """

    defaults: ClassVar[dict[str, Any]] = {"bins": 6}
    limits: ClassVar[dict[str, str]] = {"bins": "whole >= 5"}

    def draw(self, inputs: FigureInputs) -> matplotlib.figure.Figure:
        if self.options["bins"] < FEWEST:
            raise UserError(f"figure auc_energy: bins must be at least {FEWEST}")
        tests, samples = self.tests_by_features(inputs), self.samples(inputs)
        truth = read_energies(inputs.truth)
        energies = {name: read_energies(inputs.samples[name]) for name in samples}
        edges = bins_of_energy(truth, self.options["bins"])
        rows, columns = grid_shape(len(tests), 3)
        figure = new_figure(
            4.2 * columns,
            3.2 * rows,
            f"{inputs.label(inputs.dataset)}: AUC of the {inputs.label(self.options['test'])} "
            "classifier in bins of incident energy",
            [dot(inputs.label(name), **inputs.points(name)) for name in samples],
        )
        axes_of = zip(panels(figure, len(tests), 3, sharey=True), tests.items(), strict=True)
        for axes, (features, by_sample) in axes_of:
            axes.axhline(0.5, color=BLACK, linestyle=":", linewidth=0.9)
            for edge in edges[1:-1]:
                axes.axvline(edge, color=BLACK, linewidth=0.3, alpha=0.4)
            for k, (sample, weights) in enumerate(by_sample.items()):
                energy = np.r_[truth[weights.truth.index], energies[sample][weights.sample.index]]
                axes.errorbar(
                    side_by_side(edges, k, len(by_sample)),
                    *auc_in_bins(weights, energy, edges),
                    linestyle="",
                    markersize=3,
                    **inputs.points(sample),
                )
            axes.set_xlim(edges[0], edges[-1])
            axes.set_title(inputs.label(features), loc="left")
            axes.set_xlabel(r"$E_\mathrm{inc}$ (GeV)")
            axes.set_ylabel("AUC")
        return figure


def bins_of_energy(energy: np.ndarray, bins: int) -> np.ndarray:
    """Edges between equal numbers of showers; fewer where many have the same energy (N,)."""
    edges = np.unique(np.quantile(energy, np.linspace(0, 1, bins + 1)))
    return edges if len(edges) > 1 else edges * np.array([1 - ALONE, 1 + ALONE])


def auc_in_bins(
    weights: Weights, energy: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """AUC and its error among the showers of each bin; NaN where a side has fewer than two.

    Arguments:
        weights: the test.
        energy: incident energies (N,), truth first, in GeV.
        edges: bin edges; the end bins take what lies outside.
    """
    bins = np.searchsorted(edges[1:-1], energy, side="right")
    score, label = mean_score(weights), weights.label
    result = np.full((2, len(edges) - 1), np.nan)
    for k in range(len(edges) - 1):
        inside = bins == k
        n_truth = label[inside].sum()
        if min(n_truth, inside.sum() - n_truth) >= 2:
            result[:, k] = delong(label[inside], score[inside])
    return result[0], result[1]
