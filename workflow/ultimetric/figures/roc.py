"""ROC curves of the classifier that separates each sample from truth."""

from __future__ import annotations

import matplotlib.figure
import numpy as np

from ultimetric.classifiers.weights import Weights
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.numbers import with_error
from ultimetric.figures.palette import BLACK
from ultimetric.figures.scores import auc_with_error, mean_score
from ultimetric.figures.style import grid_shape, new_figure, panels

PANEL_INCHES = 3.9


class RocCurves(Figure):
    """One panel per feature set, one curve per sample, its AUC in the legend."""

    def draw(self, inputs: FigureInputs) -> matplotlib.figure.Figure:
        tests = self.tests_by_features(inputs)
        rows, columns = grid_shape(len(tests), 3)
        figure = new_figure(
            PANEL_INCHES * columns,
            PANEL_INCHES * rows,
            f"{inputs.label(inputs.dataset)}: which showers are {inputs.truth_label}? "
            f"ROC of the {inputs.label(self.options['test'])} classifier",
        )
        axes_of = zip(panels(figure, len(tests), 3), tests.items(), strict=True)
        for axes, (features, by_sample) in axes_of:
            axes.plot([0, 1], [0, 1], color=BLACK, linewidth=0.8, linestyle=":")
            for sample, weights in by_sample.items():
                auc = with_error(*auc_with_error(weights))
                text = f"{inputs.label(sample)}: AUC {auc}"
                axes.plot(*_curve(weights), color=inputs.colour(sample), label=text)
            axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", title=inputs.label(features))
            axes.set_xlabel("sample showers taken for truth")
            axes.set_ylabel("truth showers taken for truth")
            # Curves of any use lie above the diagonal.
            axes.legend(loc="lower right", fontsize=7.5)
        return figure


def _curve(weights: Weights) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rate, one point per distinct score."""
    score, label = mean_score(weights), weights.label
    order = np.argsort(-score, kind="stable")
    score, label = score[order], label[order]
    last = np.r_[np.flatnonzero(np.diff(score)), len(score) - 1]
    true, false = np.cumsum(label)[last], np.cumsum(1 - label)[last]
    return np.r_[0, false / false[-1]], np.r_[0, true / true[-1]]
