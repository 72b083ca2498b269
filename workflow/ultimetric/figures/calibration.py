"""The reliability diagram of the calibrated classifier."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from scipy.special import expit
from scipy.stats import norm

from ultimetric.classifiers.weights import Weights
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.palette import ALARM, BLACK, LIGHT
from ultimetric.figures.style import few_ticks, filled, grid_shape, line, new_figure, panels

# Two-sided 95 % interval of the null.
NULL_SIGMA = norm.ppf(0.975)


class Calibration(Figure):
    """Fraction of truth minus C against C, one panel per sample and set of inputs.

    Options:
        bins: The number of bins with equal numbers of entries.
    """

    needs = ("weights",)
    section = "Classifier"
    defaults: ClassVar[dict[str, Any]] = {"bins": 15}
    limits: ClassVar[dict[str, str]] = {"bins": "whole >= 1"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        tests = self.tests_to_show(given)
        failed = sum(not weights.calibrated for weights in tests.values())
        n_inputs = len({inputs for _, inputs in tests})
        rows, columns = grid_shape(len(tests), n_inputs if n_inputs > 1 else 4)
        samples = dict.fromkeys(sample for sample, _ in tests)
        figure = new_figure(
            3.7 * columns,
            2.5 * rows,
            f"{given.label(given.dataset)}: calibration of the "
            f"{given.label(self.options['method'])} classifier",
            [
                *(line(given.label(s), given.colour(s), marker="o") for s in samples),
                filled("95 % of outcomes if C were exact"),
            ],
            f"WEIGHTS FAILED THEIR CHECK in {failed} of {len(tests)} panels" if failed else "",
        )
        axes_of = zip(panels(figure, len(tests), columns), tests.items(), strict=True)
        for axes, ((sample, inputs), weights) in axes_of:
            _reliability(axes, weights, self.options["bins"], given.colour(sample))
            axes.set_title(
                f"{given.label(sample)}, {given.label(inputs)}",
                loc="left",
                size=9,
                color=BLACK if weights.calibrated else ALARM,
            )
            axes.set_xlabel("classifier output C")
            axes.set_ylabel("truth fraction − C")
        return figure


def reliability(weights: Weights, n_bins: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean C, truth fraction and the null's standard deviation, in bins of equal content.

    As in the calibration error, C is shifted from balanced classes to the test's.
    """
    label = weights.label
    share = label.mean()
    chance = expit(weights.joined("logit") + np.log(share / (1 - share)))
    # Ties, such as those of a classifier that learned nothing, are spread over the bins.
    order = np.lexsort((np.random.default_rng(0).random(len(chance)), chance))
    bins = np.array_split(order, min(n_bins, len(order)))
    mean = np.array([chance[b].mean() for b in bins])
    fraction = np.array([label[b].mean() for b in bins])
    null = np.array([np.sqrt((chance[b] * (1 - chance[b])).sum()) / len(b) for b in bins])
    return mean, fraction, null


def _reliability(axes: Axes, weights: Weights, n_bins: int, colour: str) -> None:
    mean, fraction, null = reliability(weights, n_bins)
    band = NULL_SIGMA * null
    axes.fill_between(mean, -band, band, color=LIGHT, linewidth=0)
    axes.axhline(0, color=BLACK, linewidth=0.8)
    axes.plot(mean, fraction - mean, "o-", color=colour, markersize=3, linewidth=1)
    reach = 1.6 * max(np.abs(fraction - mean).max(), band.max()) or 1.0
    axes.set_ylim(-reach, reach)
    few_ticks(axes.xaxis)
    text = f"ECE {weights.ece:.4f}, limit {weights.ece_limit:.4f}"
    axes.text(0.97, 0.94, text, transform=axes.transAxes, ha="right", va="top", size=8)
