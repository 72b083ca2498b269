"""Every score against the epochs of generators."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ultimetric.analyses.epochs import BASELINE, METRICS, Training, scores, trainings
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.palette import BLACK, GREY, colours
from ultimetric.figures.style import line, new_figure, panels

LINES = ("-", "--", ":", "-.", (0, (6, 1, 1, 1, 1, 1)))
SMALLEST = 1e-3  # of the first epoch's distance from the baseline


class Epochs(Figure):
    """One panel per generator with samples of at least three epochs.

    Options:
        metrics: As of the analysis `epochs`.
    """

    needs = ("sample",)
    analyses = ("*",)
    section = "Epochs"
    defaults: ClassVar[dict[str, Any]] = {"metrics": METRICS}
    limits: ClassVar[dict[str, str]] = {"metrics": "list of text"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        found = {
            training.generator: (training, of)
            for training in trainings(given.samples)
            if (of := self._excesses(given.rows, training))
        }
        if not found:
            raise NothingToShowError("no generator has scores after several epochs")
        names = list(dict.fromkeys(name for _, of in found.values() for name in of))
        looks = _looks(names)
        figure = new_figure(
            5.2 * len(found),
            4.2,
            f"{given.label(given.dataset)}: scores against epochs",
            [line(given.label(name), **look) for name, look in looks.items()],
        )
        for axes, (generator, (training, of)) in zip(
            panels(figure, len(found), len(found)), found.items(), strict=True
        ):
            axes.set_title(given.label(generator), loc="left")
            _draw(axes, training, of, looks)
        return figure

    def _excesses(self, rows: pd.DataFrame, training: Training) -> dict[str, np.ndarray]:
        """By how much scores exceed the baseline, with errors (n, 2), in units of epoch one's."""
        samples = [BASELINE, *training.samples]
        result = {}
        for name, score in scores(rows, samples, self.options["metrics"]).items():
            excess = score[1:] - [score[0, 0], 0]
            if excess[0, 0] > 0:
                result[name] = excess / excess[0, 0]
        return result


def _looks(names: list[str]) -> dict[str, dict[str, Any]]:
    """A colour for each metric, a style for each of its lines."""
    metrics = list(dict.fromkeys(name.split()[0] for name in names))
    shades = colours(metrics)
    place = {metric: 0 for metric in metrics}
    result = {}
    for name in names:
        metric = name.split()[0]
        result[name] = {"colour": shades[metric], "linestyle": LINES[place[metric] % len(LINES)]}
        place[metric] += 1
    return result


def _draw(
    axes: Axes, training: Training, of: dict[str, np.ndarray], looks: dict[str, dict[str, Any]]
) -> None:
    """The scores of one generator; a cross marks the smallest value of each."""
    for k, (name, excess) in enumerate(of.items()):
        value, error = excess.T
        x = training.epochs + 0.3 * ((k + 0.5) / len(of) - 0.5)
        colour, style = looks[name]["colour"], looks[name]["linestyle"]
        shown = value.clip(SMALLEST)
        axes.errorbar(x, shown, error, color=colour, linestyle=style, linewidth=1, elinewidth=0.7)
        best = value.argmin()
        axes.plot(x[best], shown[best], "X", color=colour, markersize=6, markeredgewidth=0)
    axes.set(xlabel="epoch", ylabel="score − baseline, in units of the first epoch", yscale="log")
    axes.axhline(1, color=GREY, linewidth=0.8, zorder=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if (switched := training.switched) is not None:
        axes.axvline(training.epochs[switched - 1 :][:2].mean(), color=BLACK, linestyle=":")
