"""Truth over sample beyond a cut in w, against the cut (released code of arXiv:2305.16774)."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes

from ultimetric.classifiers.weights import Weights
from ultimetric.errors import UserError
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.palette import BLACK, GREY, HIGH, LOW
from ultimetric.figures.style import dot, grid_shape, line, new_figure, panels, round_ticks
from ultimetric.statistics.shares import ratios_of_shares

COLUMNS = 3
STEPS = 25
# A ratio of fewer entries of either side is not drawn.
FEWEST = 3


class WeightCuts(Figure):
    """One panel per test: the ratios above and below cuts, and what right weights would give.

    Options:
        cuts: The smallest and the largest cut.
    """

    needs = ("weights",)
    section = "Classifier weights"
    defaults: ClassVar[dict[str, Any]] = {"controls": False, "cuts": [0.8, 2.0]}
    limits: ClassVar[dict[str, str]] = {"cuts": "list of number > 0"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        if len(self.options["cuts"]) != 2 or np.diff(self.options["cuts"]) <= 0:
            raise UserError("figure weight_cuts: cuts must be two rising numbers")
        cuts = np.geomspace(*self.options["cuts"], STEPS)
        tests = self.tests_to_show(given)
        failed = sum(not weights.trusted for weights in tests.values())
        rows, columns = grid_shape(len(tests), COLUMNS)
        figure = new_figure(
            3.6 * columns,
            3.2 * rows,
            f"{given.label(given.dataset)}: truth over sample beyond a cut in w, "
            f"{given.label(self.options['method'])}",
            [
                dot("w > cut", HIGH, "o"),
                dot("w < cut", LOW, "o"),
                line(f"mean w of the sample's {given.kind.several} there", GREY),
                line("ratio = cut", BLACK, linestyle="--", linewidth=1.0),
            ],
            f"WEIGHTS NOT TO BE TRUSTED in {failed} of {len(tests)} panels" if failed else "",
        )
        for axes, ((sample, inputs), weights) in zip(
            panels(figure, len(tests), COLUMNS), tests.items(), strict=True
        ):
            axes.plot(cuts, cuts, "--", color=BLACK, linewidth=1.0)
            for above, colour in ((True, HIGH), (False, LOW)):
                _draw(axes, weights, cuts, above, colour)
            axes.set(xscale="log", yscale="log", xlim=(cuts[0], cuts[-1]))
            axes.set_title(f"{given.label(sample)}, {given.label(inputs)}", loc="left")
            axes.set_xlabel("cut in w")
            axes.set_ylabel("truth / sample")
            round_ticks(axes.yaxis)
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_formatter("{x:g}")
            axes.tick_params(axis="x", which="minor", labelsize=7)
        return figure


def beyond_cuts(
    weights: Weights, cuts: np.ndarray, above: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The share of truth over that of the sample with w above, or below, each cut.

    Related entries count as one in errors. If w is right, the ratio is the mean w of the sample's
    entries there: above a cut it is larger than the cut, below smaller.

    Arguments:
        weights: The weights.
        cuts: The cuts (K,).
        above: Whether w must be above the cut.

    Returns:
        The ratio and its error, nan with fewer than FEWEST entries of either side, and the mean w
        of the sample's entries, nan without any; each (K,).
    """
    sides = weights.truth, weights.sample
    inside = [(x.w[:, None] > cuts) if above else (x.w[:, None] < cuts) for x in sides]
    ratio, error = ratios_of_shares(*inside, weights.group)
    few = np.min([x.sum(0) for x in inside], axis=0) < FEWEST
    ratio[few], error[few] = np.nan, np.nan
    w = weights.sample.w
    mean = np.array([w[x].mean() if x.any() else np.nan for x in inside[1].T])
    return ratio, error, mean


def _draw(axes: Axes, weights: Weights, cuts: np.ndarray, above: bool, colour: str) -> None:
    ratio, error, mean = beyond_cuts(weights, cuts, above)
    axes.plot(cuts, mean, color=GREY)
    axes.errorbar(
        cuts, ratio, error, color=colour, linestyle="", marker="o", markersize=3, linewidth=1
    )
