"""Training of the classifiers: losses against optimiser steps or trees, by inputs."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes

from ultimetric.classifiers.history import History
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.histograms import RATIO_HEIGHT
from ultimetric.figures.palette import BLACK
from ultimetric.figures.style import grid_shape, line, log_scale, new_figure, panels

PALE = 0.3  # opacity of what comes after the steps that are used
MARGIN = 0.08  # of the axis, beyond the losses of the steps that are used


class ClassifierLosses(Figure):
    """Mean losses of all networks, a point at the step that each network uses; the rest is pale.

    The axis of losses shows the steps that are used, and guessing.

    Options:
        rate: Whether the learning rate stands below the losses.
    """

    needs = ("weights",)
    section = "Classifier"
    defaults: ClassVar[dict[str, Any]] = {"rate": False}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        tests = self.tests_by_inputs(given)
        rows, columns = grid_shape(len(tests), 3)
        figure = new_figure(
            4.2 * columns,
            (3.2 + 1.3 * self.options["rate"]) * rows,
            f"{given.label(given.dataset)}: training of the "
            f"{given.label(self.options['method'])} classifier",
            [
                *map(given.named_line, self.samples(given)),
                line("validation", BLACK),
                line("training", BLACK, linestyle="--", linewidth=1),
                line("step used, one point per network", BLACK, linestyle="", marker="o"),
                line("after the step used", BLACK, alpha=PALE),
                line("guessing, ln 2", BLACK, linestyle=":", linewidth=0.9),
            ],
        )
        axes_of = zip(panels(figure, len(tests), 3), tests.items(), strict=True)
        for axes, (inputs, by_sample) in axes_of:
            axes.axhline(np.log(2), color=BLACK, linestyle=":", linewidth=0.9)
            shown = [np.log(2)]
            for sample, weights in by_sample.items():
                shown += _draw(axes, weights.history, given.colour(sample))
            margin = MARGIN * (max(shown) - min(shown)) or MARGIN
            axes.set_ylim(min(shown) - margin, max(shown) + margin)
            axes.set_title(given.label(inputs), loc="left")
            axes.set_xlabel("optimiser step or tree")
            axes.set_ylabel("binary cross-entropy (nats)")
            if self.options["rate"]:
                _draw_rates(axes, {given.colour(x): y.history for x, y in by_sample.items()})
        return figure


def used(history: History) -> tuple[np.ndarray, np.ndarray]:
    """The step that each network uses, and its validation loss there, both (R * folds,).

    Histories that name no step are of networks that use the one of the smallest loss.
    """
    losses = np.where(np.isfinite(history.validation), history.validation, np.inf)
    if history.chosen is None:
        place = losses.argmin(0)
    else:
        place = np.searchsorted(history.step, history.chosen).clip(0, len(history.step) - 1)
    loss = np.take_along_axis(history.validation, place[None], 0)[0]
    return history.step[place].ravel(), loss.ravel()


def _draw(axes: Axes, history: History, colour: str) -> list[float]:
    """Draw one sample; the losses that the axis must show."""
    done = np.isfinite(history.train).any((1, 2))  # an early stop leaves the rest empty
    step, validation, train = (x[done] for x in (history.step, history.validation, history.train))
    chosen, loss = used(history)
    last = np.median(chosen)
    means = [np.nanmean(x, axis=(1, 2)) for x in (validation, train)]
    for mean, look in zip(
        means, ({"linewidth": 1.4}, {"linestyle": "--", "linewidth": 1}), strict=True
    ):
        axes.plot(step, mean, color=colour, alpha=PALE, **look)
        axes.plot(step[step <= last], mean[step <= last], color=colour, **look)
    axes.plot(chosen, loss, "o", color=colour, markersize=3, alpha=0.7)
    return [x for values in (loss, *(m[step <= last] for m in means)) for x in values]


def _draw_rates(top: Axes, histories: dict[str, History]) -> None:
    """The learning rates of each repeat or run, by colour, in a panel below the losses."""
    axes = top.inset_axes((0, -RATIO_HEIGHT, 1, RATIO_HEIGHT), sharex=top)
    for colour, history in histories.items():
        if history.lr is not None:
            axes.plot(history.step, history.lr, color=colour, linewidth=1)
    log_scale(axes, "y")
    axes.set_ylabel("learning\nrate", loc="center")
    axes.set_xlabel(top.get_xlabel())
    top.set_xlabel("")
    top.tick_params(labelbottom=False)
