"""The AUC in bins of the condition, such as the incident energy."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np

from ultimetric.classifiers.weights import Weights
from ultimetric.data.spectra import equal_bins
from ultimetric.errors import UserError
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.binning import axis_label
from ultimetric.figures.palette import BLACK
from ultimetric.figures.scores import mean_score
from ultimetric.figures.style import dot, grid_shape, new_figure, panels, side_by_side
from ultimetric.kinds.observables import Condition
from ultimetric.statistics.auc import delong

FEWEST = 5
ALONE = 0.05  # half width of the bin of a single value, in units of it


class AucAgainstCondition(Figure):
    """One panel per set of inputs, one colour per sample; errors from test entries (DeLong).

    Options:
        bins: The number of bins with equal numbers of truth entries, at least 5; a condition that
            is a class has a bin for each class.
    """

    needs = ("truth", "sample", "weights", "condition")
    section = "AUC and JSD"
    overlaid = True
    defaults: ClassVar[dict[str, Any]] = {"bins": 6}
    limits: ClassVar[dict[str, str]] = {"bins": "whole >= 5"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        if self.options["bins"] < FEWEST:
            raise UserError(f"figure auc_energy: bins must be at least {FEWEST}")
        condition = given.condition
        tests, samples = self.tests_by_inputs(given), self.samples(given)
        truth = given.files.truth.condition[:, 0]
        conditions = {name: given.samples[name].events.condition[:, 0] for name in samples}
        edges = bins_of(condition, truth, self.options["bins"])
        rows, columns = grid_shape(len(tests), 3)
        figure = new_figure(
            4.2 * columns,
            3.2 * rows,
            f"{given.label(given.dataset)}: AUC of the {given.label(self.options['method'])} "
            f"classifier in bins of {condition.label}",
            [dot(given.label(name), **given.points(name)) for name in samples],
        )
        axes_of = zip(panels(figure, len(tests), 3, sharey=True), tests.items(), strict=True)
        for axes, (inputs, by_sample) in axes_of:
            axes.axhline(0.5, color=BLACK, linestyle=":", linewidth=0.9)
            for edge in edges[1:-1]:
                axes.axvline(edge, color=BLACK, linewidth=0.3, alpha=0.4)
            for k, (sample, weights) in enumerate(by_sample.items()):
                sides = truth[weights.truth.index], conditions[sample][weights.sample.index]
                axes.errorbar(
                    side_by_side(edges, k, len(by_sample), condition.scale),
                    *auc_in_bins(weights, np.concatenate(sides), edges),
                    linestyle="",
                    markersize=3,
                    **given.points(sample),
                )
            axes.set(xscale=condition.scale, xlim=(edges[0], edges[-1]))
            if condition.classes:
                axes.set_xticks(range(len(condition.classes)), condition.classes)
                axes.tick_params(axis="x", which="minor", length=0)
            axes.set_title(given.label(inputs), loc="left")
            axes.set_xlabel(axis_label(condition))
            axes.set_ylabel("AUC")
        return figure


def bins_of(condition: Condition, values: np.ndarray, bins: int) -> np.ndarray:
    """Edges around each class, or between equal numbers of the values (N,) of the condition.

    There are fewer where many entries have the same value.
    """
    if condition.classes:
        return np.arange(len(condition.classes) + 1) - 0.5
    edges = equal_bins(values, bins)
    alone = ALONE * (abs(edges[0]) or 1.0)
    return edges if edges[0] < edges[-1] else edges + np.array([-alone, alone])


def auc_in_bins(
    weights: Weights, values: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """AUC and its error among the entries of each bin; NaN where a side has fewer than two.

    Arguments:
        weights: The weights of one test.
        values: The condition of each entry (N,), truth first.
        edges: The edges of the bins; the end bins take what lies outside.
    """
    bins = np.searchsorted(edges[1:-1], values, side="right")
    score, label = mean_score(weights), weights.label
    result = np.full((2, len(edges) - 1), np.nan)
    for k in range(len(edges) - 1):
        inside = bins == k
        n_truth = label[inside].sum()
        if min(n_truth, inside.sum() - n_truth) >= 2:
            result[:, k] = delong(label[inside], score[inside])
    return result[0], result[1]
