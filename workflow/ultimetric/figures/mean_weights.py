"""A panel below others with the mean weight of the sample in bins of an observable."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.gridspec import SubplotSpec

from ultimetric.figures.histograms import RATIO_HEIGHT, Histogram
from ultimetric.figures.palette import BLACK
from ultimetric.histograms import histogram

HIGHEST = 2.3  # mean weight that the axis shows at most, as in the code of arXiv:2305.16774
ROOM = 0.05
SIDES_INCHES = 0.16  # for half of a label at the end of an axis, which the layout does not see
ALPHA = 0.3
# Below the upper axes of a panel, in units of their height: two axes, and labels.
BELOW = 2 * RATIO_HEIGHT + 0.35


def mean_weights(values: np.ndarray, edges: np.ndarray, w: np.ndarray) -> Histogram:
    """The mean of weights w (N,), normalised to 1, in bins of values (N,); nan in empty bins.

    Its error is that of a mean. Values outside the edges are in the end bins.
    """
    scaled = w / w.mean()
    counts = histogram(values, edges)[0]
    sums, squares = histogram(values, edges, scaled)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums / counts
        return Histogram(mean, np.sqrt(np.maximum(squares / counts - mean**2, 0) / counts))


def with_room(place: SubplotSpec) -> SubplotSpec:
    """The upper part of a place, below which there is room for the axes of `draw_means`.

    The layout would not find room for two axes below each other, one of which is an inset.
    """
    return place.subgridspec(2, 1, height_ratios=(1, BELOW))[0]


def draw_means(
    top: Axes, bottom: Axes, edges: np.ndarray, means: Sequence[tuple[Histogram, str]]
) -> Axes:
    """Draw the mean weights of samples below the ratios of a panel.

    Arguments:
        top, bottom: The axes of `histograms.draw_panel`, in a place of `with_room`.
        edges: The edges of the bins (bins + 1,).
        means: The mean weights of each sample, and its colour.
    """
    axes = top.inset_axes((0, -2 * RATIO_HEIGHT, 1, RATIO_HEIGHT), sharex=top)
    axes.axhline(1, color=BLACK, linewidth=0.8)
    for mean, colour in means:
        low, high = mean.values - mean.errors, mean.values + mean.errors
        axes.stairs(high, edges, baseline=low, fill=True, color=colour, alpha=ALPHA)
        axes.stairs(mean.values, edges, baseline=None, color=colour)
    axes.set_ylim(*_limits(np.concatenate([mean.values for mean, _ in means])))
    axes.set_ylabel("mean w", loc="center")
    axes.set_xlabel(bottom.get_xlabel())
    bottom.set_xlabel("")
    bottom.tick_params(labelbottom=False)
    bottom.set_ylabel("ratio", loc="center")  # one line: the layout does not see it
    for inset in (bottom, axes):
        inset.set_in_layout(False)
    if engine := top.get_figure(root=True).get_layout_engine():
        engine.set(w_pad=SIDES_INCHES)
    return axes


def _limits(values: np.ndarray) -> tuple[float, float]:
    """Limits that hold all mean weights up to HIGHEST, and 1."""
    known = np.clip(np.append(values[np.isfinite(values)], 1), 0, HIGHEST)
    room = ROOM * (np.ptp(known) or 1)
    return known.min() - room, known.max() + room
