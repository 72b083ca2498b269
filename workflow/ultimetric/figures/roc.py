"""ROC curves of the classifier that separates each sample from truth."""

from __future__ import annotations

import matplotlib.figure
import numpy as np

from ultimetric.classifiers.weights import Weights
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.numbers import with_error
from ultimetric.figures.palette import BLACK
from ultimetric.figures.scores import auc_with_error
from ultimetric.figures.style import grid_shape, new_figure, panels

PANEL_INCHES = 3.9
LEGEND_ROW_INCHES = 0.17
# Where the curves of repeats are averaged.
FALSE = np.linspace(0, 1, 1001)


class RocCurves(Figure):
    """One panel per set of inputs, one curve per sample, its AUC in the legend."""

    needs = ("weights",)
    section = "Classifier"
    overlaid = True

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        tests = self.tests_by_inputs(given)
        rows, columns = grid_shape(len(tests), 3)
        figure = new_figure(
            PANEL_INCHES * columns,
            (PANEL_INCHES + LEGEND_ROW_INCHES * len(self.samples(given))) * rows,
            f"{given.label(given.dataset)}: which {given.kind.several} are "
            f"{given.truth_label}? ROC of the {given.label(self.options['method'])} classifier",
        )
        axes_of = zip(panels(figure, len(tests), 3), tests.items(), strict=True)
        for axes, (inputs, by_sample) in axes_of:
            axes.plot([0, 1], [0, 1], color=BLACK, linewidth=0.8, linestyle=":")
            for sample, weights in by_sample.items():
                auc = with_error(*auc_with_error(weights))
                text = f"{given.label(sample)}: AUC {auc}"
                axes.plot(*mean_curve(weights), label=text, **given.curve(sample))
            axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", title=given.label(inputs))
            axes.set_xlabel(f"sample {given.kind.several} taken for truth")
            axes.set_ylabel(f"truth {given.kind.several} taken for truth")
            # Below the panel: in it, the curves of many samples leave no room.
            axes.legend(loc="upper left", bbox_to_anchor=(0, -0.13), borderaxespad=0, fontsize=8)
        return figure


def mean_curve(weights: Weights) -> tuple[np.ndarray, np.ndarray]:
    """False positive rate, and true positive rate averaged over repeats, as the AUC is."""
    curves = [_curve(weights.label, score) for score in weights.joined("score").T]
    return FALSE, np.mean([np.interp(FALSE, *curve) for curve in curves], axis=0)


def _curve(label: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rate, one point per distinct score."""
    order = np.argsort(-score, kind="stable")
    score, label = score[order], label[order]
    last = np.r_[np.flatnonzero(np.diff(score)), len(score) - 1]
    true, false = np.cumsum(label)[last], np.cumsum(1 - label)[last]
    return np.r_[0, false / false[-1]], np.r_[0, true / true[-1]]
