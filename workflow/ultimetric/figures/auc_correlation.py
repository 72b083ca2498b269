"""One number of all samples against another, with their rank correlations."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from scipy.stats import kendalltau, spearmanr

from ultimetric.errors import UserError
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.palette import BLACK, GREY
from ultimetric.figures.rows import chosen, value
from ultimetric.figures.style import dot, grid_shape, new_figure, panels, round_ticks

COLUMNS = 3
FEWEST = 3  # samples that have a correlation
METRICS = {"auc": "AUC", "jsd": "JSD", "log_posterior": "mean log posterior (nats)"}
SUMS = {"separation_sum": "sum of separation powers", "w1_sum": "sum of W1"}
OWN = {"rate": "rate (nats per {})", "distortion": "distortion (nats per {})"}
Axis = dict[str, str]
HIGH, LOW = {"inputs": "high_level"}, {"inputs": "unnormalised"}
KEYS = ("method", "inputs", "metric", "observable")


class AucCorrelation(Figure):
    """A panel for each of `panels`, or one.

    The correlations are Spearman's and Kendall's over the samples shown.

    Options:
        x, y: The numbers on the axes, each {metric, method, inputs, observable}: by default the
            AUC, and method and inputs of the figure. A number of a classifier without given
            inputs has a panel for each of its inputs.
        panels: A list of {x, y}, in place of one pair.
        line: Whether samples are joined in the order of x, in place of the correlations.

    Raises:
        UserError: A panel has other keys.
    """

    needs = ()
    analyses = ("*",)  # any of their numbers
    section = "AUC and JSD"
    defaults: ClassVar[dict[str, Any]] = {"x": LOW, "y": HIGH, "panels": None, "line": False}
    limits: ClassVar[dict[str, str]] = {
        "x": "keys method, inputs, metric, observable: text",
        "y": "keys method, inputs, metric, observable: text",
        "panels": "list of keys x, y: keys method, inputs, metric, observable: text",
    }

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        own = {"x": self.options["x"], "y": self.options["y"]}
        self.pairs = [self._pair(panel) for panel in self.options["panels"] or [own]]

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        samples = self.samples(given)
        pairs = [found for pair in self.pairs for found in self._of_inputs(pair, given)]
        found = [[self._numbers(given, samples, axis) for axis in pair] for pair in pairs]
        if not any(_both(*numbers).any() for numbers in found):
            raise NothingToShowError("no sample has both numbers")
        rows, columns = grid_shape(len(found), COLUMNS)
        figure = new_figure(
            3.6 * columns,
            3.5 * rows,
            f"{given.label(given.dataset)}: one number of the samples against another",
            [dot(given.label(name), **given.points(name)) for name in samples],
        )
        axes_of = zip(panels(figure, len(found), COLUMNS), pairs, found, strict=True)
        for axes, pair, (x, y) in axes_of:
            for sample, (a, a_error), (b, b_error) in zip(samples, x, y, strict=True):
                points = given.points(sample)
                axes.errorbar(a, b, b_error, a_error, linestyle="", markersize=5, **points)
            if self.options["line"]:
                order = np.argsort(x[:, 0])[: _both(x, y).sum()]
                axes.plot(x[order, 0], y[order, 0], color=GREY, linewidth=0.8, zorder=1)
            else:
                axes.set_title(_correlation(x, y), loc="left", size=8)
            axes.set_xlabel(self._label(given, pair[0]))
            axes.set_ylabel(self._label(given, pair[1]))
            _scales(axes, *(axis["metric"] for axis in pair))
        return figure

    def _pair(self, panel: dict[str, Axis]) -> tuple[Axis, Axis]:
        """The axes of a panel, defaults filled in."""
        if set(panel) != {"x", "y"} or any(set(axis) - set(KEYS) for axis in panel.values()):
            raise UserError(
                f"figure auc_correlation: a panel has x and y, each of {', '.join(KEYS)}, not "
                f"{panel}"
            )
        return tuple(self._complete(panel[name]) for name in ("x", "y"))

    def _complete(self, axis: Axis) -> Axis:
        metric = axis.get("metric", "auc")
        own = {key: x for key in ("method", "inputs") if isinstance(x := self.options[key], str)}
        return {"metric": metric, **({} if metric in SUMS | OWN else own), **axis}

    def _of_inputs(
        self, pair: tuple[Axis, Axis], given: FigureInputs
    ) -> Iterator[tuple[Axis, Axis]]:
        """The panel, or one for each of the inputs where it names none."""
        scores = [axis for axis in pair if axis["metric"] not in SUMS | OWN]
        if not any("inputs" not in axis for axis in scores):
            yield pair
            return
        found = [chosen(given.rows, **axis)["inputs"] for axis in scores]
        for name in self.wanted_inputs or sorted(set(chain.from_iterable(found))):
            yield tuple({"inputs": name} | axis if axis in scores else axis for axis in pair)

    def _numbers(self, given: FigureInputs, samples: list[str], axis: Axis) -> np.ndarray:
        """Values and errors (n, 2) of the samples."""
        return np.array([value(given.rows, sample, **axis) for sample in samples])

    def _label(self, given: FigureInputs, axis: Axis) -> str:
        metric = axis["metric"]
        if metric in SUMS | OWN:
            return (SUMS | OWN)[metric].format(given.kind.entry)
        name = METRICS.get(metric, given.label(metric))
        if "observable" in axis:
            name += f" of {given.kind.observables[axis['observable']].label}"
        of = ", ".join(given.label(axis[key]) for key in ("method", "inputs") if key in axis)
        return f"{name}\n{of}"


def _both(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which samples (n,) have both numbers."""
    return np.isfinite(x[:, 0] + y[:, 0])


def _correlation(x: np.ndarray, y: np.ndarray) -> str:
    """Rank correlations of the values (n, 2) of all samples that have both."""
    both = _both(x, y)
    if both.sum() < FEWEST:
        return f"{both.sum()} samples"
    rho, tau = (f(x[both, 0], y[both, 0]).statistic for f in (spearmanr, kendalltau))
    return f"{both.sum()} samples: Spearman {rho:.2f}, Kendall {tau:.2f}"


def _scales(axes: Axes, x: str, y: str) -> None:
    """Sums are logarithmic; two numbers of one kind have their diagonal, an AUC its 0.5."""
    if x == y:
        low, high = (f(*axes.get_xlim(), *axes.get_ylim()) for f in (min, max))
        axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")
        axes.axline((low, low), slope=1, color=BLACK, linestyle=":", linewidth=0.9)
    for metric, set_scale, axis, line in (
        (x, axes.set_xscale, axes.xaxis, axes.axvline),
        (y, axes.set_yscale, axes.yaxis, axes.axhline),
    ):
        if metric in SUMS:
            set_scale("log")
            round_ticks(axis)
        elif metric == "auc":
            line(0.5, color=BLACK, linestyle=":", linewidth=0.9)
