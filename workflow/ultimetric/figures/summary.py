"""The AUC of every sample and every set of inputs."""

from __future__ import annotations

import matplotlib.figure

from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.labels import BASELINE
from ultimetric.figures.numbers import with_error
from ultimetric.figures.palette import BLACK, LIGHT
from ultimetric.figures.scores import auc_with_error
from ultimetric.figures.style import filled, new_figure

ROW_INCHES = 0.42
# AUC on either side of the outermost dot, for its number.
ROOM = 0.04


class Summary(Figure):
    """One panel per set of inputs: a dot per sample, the baseline as a band."""

    needs = ("weights",)
    section = "AUC and JSD"

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        tests, samples = self.tests_by_inputs(given), self.samples(given)
        figure = new_figure(
            3.2 * len(tests) + 1.8,
            ROW_INCHES * len(samples) + 1.1,
            f"{given.label(given.dataset)}: AUC of the {given.label(self.options['method'])} "
            "classifier, samples against truth",
            [filled(given.label(BASELINE))] if BASELINE in samples else [],
        )
        columns = figure.subplots(1, len(tests), squeeze=False, sharex=True, sharey=True)[0]
        for axes, (inputs, by_sample) in zip(columns, tests.items(), strict=True):
            axes.axvline(0.5, color=BLACK, linestyle=":", linewidth=0.9)
            for sample, weights in by_sample.items():
                row, points = samples.index(sample), given.points(sample)
                value, error = auc_with_error(weights)
                if sample == BASELINE:
                    axes.axvspan(value - error, value + error, color=LIGHT, linewidth=0)
                axes.errorbar(value, row, xerr=error, linestyle="", markersize=5, **points)
                # On white, above the line at 0.5.
                box = {"facecolor": "white", "linewidth": 0, "pad": 0.4}
                text = with_error(value, error)
                axes.text(value, row - 0.2, text, ha="center", size=8, bbox=box, zorder=4)
            axes.set_title(given.label(inputs), loc="left")
            axes.set_xlabel("AUC")
            axes.tick_params(axis="y", which="both", length=0)
        columns[0].set_yticks(range(len(samples)), [given.label(name) for name in samples])
        columns[0].set_ylim(len(samples) - 0.5, -0.8)
        low, high = columns[0].get_xlim()
        columns[0].set_xlim(low - ROOM, high + ROOM)
        return figure
