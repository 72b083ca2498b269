"""Training of the classifiers: loss against optimiser step or tree, one panel per feature set."""

from __future__ import annotations

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes

from ultimetric.classifiers.weights import History
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.palette import BLACK
from ultimetric.figures.style import grid_shape, line, new_figure, panels


class ClassifierLosses(Figure):
    """Mean over repeats and folds with the range of the validation losses, and guessing."""

    def draw(self, inputs: FigureInputs) -> matplotlib.figure.Figure:
        tests = self.tests_by_features(inputs)
        rows, columns = grid_shape(len(tests), 3)
        figure = new_figure(
            4.2 * columns,
            3.2 * rows,
            f"{inputs.label(inputs.dataset)}: training of the "
            f"{inputs.label(self.options['test'])} classifier",
            [
                *(line(inputs.label(name), inputs.colour(name)) for name in self.samples(inputs)),
                line("validation (band: all repeats and folds)", BLACK),
                line("training", BLACK, linestyle="--", linewidth=1),
                line("guessing, ln 2", BLACK, linestyle=":", linewidth=0.9),
            ],
        )
        axes_of = zip(panels(figure, len(tests), 3), tests.items(), strict=True)
        for axes, (features, by_sample) in axes_of:
            axes.axhline(np.log(2), color=BLACK, linestyle=":", linewidth=0.9)
            for sample, weights in by_sample.items():
                _draw(axes, weights.history, inputs.colour(sample))
            axes.set_title(inputs.label(features), loc="left")
            axes.set_xlabel("optimiser step or tree")
            axes.set_ylabel("binary cross-entropy (nats)")
        return figure


def _draw(axes: Axes, history: History, colour: str) -> None:
    done = np.isfinite(history.train).any((1, 2))  # an early stop leaves the rest empty
    step, validation, train = (x[done] for x in (history.step, history.validation, history.train))
    low, high = np.nanmin(validation, axis=(1, 2)), np.nanmax(validation, axis=(1, 2))
    axes.fill_between(step, low, high, color=colour, alpha=0.2, linewidth=0)
    axes.plot(step, np.nanmean(validation, axis=(1, 2)), color=colour)
    axes.plot(step, np.nanmean(train, axis=(1, 2)), "--", color=colour, linewidth=1)
