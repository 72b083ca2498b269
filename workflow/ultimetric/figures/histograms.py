"""The panel of most figures: histograms of truth and samples, with ratios to truth below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.gridspec import SubplotSpec
from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

from ultimetric.figures.binning import beyond
from ultimetric.figures.palette import BLACK, LIGHT, LINE
from ultimetric.figures.style import round_ticks
from ultimetric.histograms import histogram

# Bins where truth is less certain than this carry no ratio: it would be noise.
LARGEST_RELATIVE_ERROR = 0.25
# A logarithmic axis ends below one truth entry, a linear one leaves out emptier bins.
BELOW_ONE = 0.5
LEAST_RANGE = 200
# Below this range, powers of ten alone label too few ticks.
FEW_DECADES = 50
NEARLY_EMPTY = 1e-3
RATIO_HEIGHT = 0.42
DASHES = (0, (3, 1.5))
ARROW = 0.06
# Shares beyond the axis that are marked, and the height of a mark.
LEAST_BEYOND, BEYOND_ROW = 0.005, 0.085


@dataclass(frozen=True)
class Histogram:
    """Bin contents and their statistical errors, both (bins,)."""

    values: np.ndarray
    errors: np.ndarray

    def over(self, truth: Histogram) -> Histogram:
        """The ratio to truth with the errors of this histogram only; NaN for too little truth."""
        certain = truth.errors < LARGEST_RELATIVE_ERROR * truth.values
        reference = np.where(certain, truth.values, np.nan)
        return Histogram(self.values / reference, self.errors / reference)


def fractions(
    values: np.ndarray, edges: np.ndarray, weights: np.ndarray | None = None
) -> Histogram:
    """The fractions of all entries in bins; weights are divided by their sum."""
    total = len(values) if weights is None else weights.sum()
    counts, variances = histogram(values, edges, weights)
    return Histogram(counts / total, np.sqrt(variances) / total)


@dataclass(frozen=True)
class Curve:
    """The histogram of a sample with its looks; wide lines are drawn last."""

    histogram: Histogram
    colour: str
    dashed: bool = False
    width: float = LINE

    @property
    def line(self) -> dict[str, Any]:
        return {
            "color": self.colour,
            "linestyle": DASHES if self.dashed else "-",
            "linewidth": 1.0 if self.dashed else self.width,
            "zorder": (4 if self.dashed else 3) + (self.width > LINE) / 2,
        }


def draw_panel(
    figure: matplotlib.figure.Figure,
    place: SubplotSpec,
    edges: np.ndarray,
    truth: Histogram,
    curves: Sequence[Curve],
    *,
    label: str,
    y_label: str,
    x_scale: str = "linear",
    log_y: bool = False,
    limits: tuple[float, float] = (0.5, 1.5),
    whole: bool = False,
) -> tuple[Axes, Axes]:
    """Draw truth (filled) and samples (steps), with their ratios to truth below.

    Arguments:
        figure, place: The figure, and the part of it to draw in.
        edges: The bin edges (bins + 1,).
        truth: The histogram of the truth.
        curves: The histograms of the samples.
        label: The label of the x axis, with its unit.
        y_label: The label of the upper y axis.
        x_scale: The scale of the x axis: linear, log or logit.
        log_y: Whether the upper y axis is logarithmic.
        limits: The limits of the ratio axis; triangles at its rim point to ratios beyond.
        whole: Whether the x axis shows all bins, not only filled ones.
    """
    top, bottom = draw_counts(
        figure,
        place,
        edges,
        truth,
        curves,
        y_label=y_label,
        x_scale=x_scale,
        log_y=log_y,
        whole=whole,
    )
    _draw_ratios(bottom, edges, truth, curves, limits)
    label_x(bottom, label)
    return top, bottom


def draw_counts(
    figure: matplotlib.figure.Figure | SubFigure,
    place: SubplotSpec,
    edges: np.ndarray,
    truth: Histogram,
    curves: Sequence[Curve],
    *,
    y_label: str,
    x_scale: str = "linear",
    log_y: bool = False,
    whole: bool = False,
) -> tuple[Axes, Axes]:
    """The upper part of `draw_panel`, and the axes of the lower one, still empty."""
    top = figure.add_subplot(place)
    # An inset, because constrained layout would part two subplots.
    bottom = top.inset_axes((0, -RATIO_HEIGHT, 1, RATIO_HEIGHT), sharex=top)
    top.set_xscale(x_scale)
    top.stairs(truth.values, edges, fill=True, color=LIGHT, zorder=1)
    top.stairs(truth.values, edges, color=BLACK, linewidth=1.0, zorder=2)
    for curve in curves:
        top.stairs(curve.histogram.values, edges, **curve.line)
    highest = max(truth.values.max(), *(c.histogram.values.max() for c in curves), 0)
    if log_y and highest > 0:
        top.set_yscale("log")
        least = np.min(
            BELOW_ONE * truth.errors[truth.errors > 0],
            initial=(truth.values.max() or highest) / LEAST_RANGE,
        )
        top.set_ylim(bottom=least)
        top.yaxis.set_minor_formatter(NullFormatter())
    else:
        # End bins hold what lies beyond the axis: they do not set its height.
        inner = slice(1, -1) if whole and len(edges) > 3 else slice(None)
        heights = [truth.values.max(), *(c.histogram.values[inner].max() for c in curves)]
        top.set_ylim(0, 1.08 * max(heights) or 1.0)
    if whole:
        top.set_xlim(edges[0], edges[-1])
    else:
        top.set_xlim(*occupied(edges, truth, curves, 0 if log_y else NEARLY_EMPTY))
    top.tick_params(labelbottom=False)
    top.set_ylabel(y_label)
    return top, bottom


def mark_beyond(axes: Axes, edges: np.ndarray, sets: Sequence[tuple[np.ndarray, str]]) -> None:
    """Draw arrows at both ends with the share of each set (values, colour) beyond them."""
    for side, (place, arrow) in enumerate(((0.015, "◂ {}"), (0.985, "{} ▸"))):
        shares = [(beyond(values, edges)[side], colour) for values, colour in sets]
        marked = [(share, colour) for share, colour in shares if share >= LEAST_BEYOND]
        for row, (share, colour) in enumerate(marked):
            axes.text(
                place,
                0.98 - BEYOND_ROW * row,
                arrow.format(f"{100 * share:.2g} %"),
                transform=axes.transAxes,
                ha="right" if side else "left",
                va="top",
                size=6.5,
                color=colour,
                zorder=6,
                bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.5},
            )


def integer_ticks(axes: Axes, edges: np.ndarray, most: int | str = "auto") -> None:
    """Ticks at whole numbers only, where each bin is one.

    Arguments:
        axes: The axes.
        edges: The edges of the bins.
        most: The most intervals between ticks.
    """
    if np.allclose(np.diff(edges), 1) and np.allclose(edges % 1, 0.5):
        axes.xaxis.set_major_locator(MaxNLocator(most, integer=True))
        axes.xaxis.set_minor_locator(NullLocator())


def label_x(axes: Axes, label: str) -> None:
    """Label the x axis, its ticks so that they do not touch and are not too few."""
    low, high = axes.get_xlim()
    scale = axes.get_xscale()
    if scale == "log" and high / low < FEW_DECADES:
        round_ticks(axes.xaxis)
    if scale == "logit":
        axes.tick_params(axis="x", labelsize=7)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(label)


def occupied(
    edges: np.ndarray, truth: Histogram, curves: Sequence[Curve], least: float
) -> tuple[float, float]:
    """The part of the axis where truth or a sample has more than `least` of its total."""
    filled = [x.values > least * x.values.sum() for x in (truth, *(c.histogram for c in curves))]
    bins = np.flatnonzero(np.any(filled, axis=0))
    if not len(bins):
        return edges[0], edges[-1]
    return edges[bins[0]], edges[bins[-1] + 1]


def _draw_ratios(
    axes: Axes,
    edges: np.ndarray,
    truth: Histogram,
    curves: Sequence[Curve],
    limits: tuple[float, float],
) -> None:
    own = truth.over(truth)
    axes.stairs(1 + own.errors, edges, baseline=1 - own.errors, fill=True, color=LIGHT, zorder=1)
    axes.axhline(1, color=BLACK, linewidth=0.8, zorder=2)
    for curve in curves:
        ratio = curve.histogram.over(truth)
        axes.stairs(ratio.values, edges, baseline=None, **curve.line)
        _point_beyond(axes, edges, ratio.values, curve, limits)
    axes.set_ylim(*limits)
    axes.set_yticks([1 + (limit - 1) / 2 for limit in (limits[0], 1, limits[1])])
    axes.set_ylabel("ratio to\ntruth", loc="center")


def _point_beyond(
    axes: Axes, edges: np.ndarray, ratio: np.ndarray, curve: Curve, limits: tuple[float, float]
) -> None:
    """Draw triangles at the rim of the axis for ratios beyond it."""
    middle = (edges[1:] + edges[:-1]) / 2
    centres = np.sqrt(edges[1:] * edges[:-1]) if axes.get_xscale() == "log" else middle
    inset = ARROW * (limits[1] - limits[0])
    for outside, height, marker in (
        (ratio > limits[1], limits[1] - inset, "^"),
        (ratio < limits[0], limits[0] + inset, "v"),
    ):
        axes.plot(
            centres[outside],
            np.full(outside.sum(), height),
            marker,
            color=curve.colour,
            markerfacecolor="white" if curve.dashed else curve.colour,
            markersize=3.5,
            zorder=5,
        )
