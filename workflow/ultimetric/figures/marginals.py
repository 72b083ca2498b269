"""The truth/sample ratio in one observable, and the marginal weight that should follow it."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.gridspec import SubplotSpec
from matplotlib.ticker import NullLocator
from scipy.stats import chi2_contingency

from ultimetric.figures.binning import Axis, axis_label
from ultimetric.figures.histograms import Curve, Histogram, draw_counts, integer_ticks, label_x
from ultimetric.figures.palette import BLACK
from ultimetric.histograms import bin_numbers, histogram
from ultimetric.kinds.observables import Observable

# A bin of the ratio holds this many entries, truth and sample together, and this share of them.
FEWEST, LEAST_SHARE = 20, 0.05
# A mean weight that fewer entries carry, (sum w)^2 / sum w^2, is not drawn.
FEWEST_EFFECTIVE = 5
# Ends of the ratio axis, and the tick that goes with each.
REACHES = {1.6: 1.3, 2.8: 1.7, 7: 3, 20: 5, 60: 10}
# A bin with more than this share of the truth hides all others on a linear axis.
DOMINANT = 0.5
ALPHA = 0.5


@dataclass(frozen=True)
class Marginal:
    """Ratio and marginal weight of one observable in bins; all but the edges are (bins,).

    Arguments:
        edges: The edges of the bins (bins + 1,).
        ratio, ratio_error: The share of truth over that of the sample; infinite without sample.
        w, w_error: E_sample[w | bin]; nan with an effective number of entries below
            FEWEST_EFFECTIVE.
    """

    edges: np.ndarray
    ratio: np.ndarray
    ratio_error: np.ndarray
    w: np.ndarray
    w_error: np.ndarray


def marginal(
    edges: np.ndarray,
    truth: np.ndarray,
    sample: np.ndarray,
    w: np.ndarray,
    totals: tuple[int, int],
) -> Marginal:
    """Compute ratio and marginal weight in bins that are merged until they have enough entries.

    If w is the density ratio of entries, E_sample[w | o] is that of the observable o.

    Arguments:
        edges: The edges; values outside are in the first or last bin.
        truth, sample: The values of the chosen entries.
        w: The weights of the chosen sample entries.
        totals: The numbers of all entries of truth and sample.
    """
    edges, (of_truth, of_sample) = _counts(edges, truth, sample)
    bins = bin_numbers(sample, edges)
    sums, squares = histogram(sample, edges, w)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (of_truth / totals[0]) / (of_sample / totals[1])
        error = ratio * np.sqrt(1 / of_truth + 1 / of_sample)
        mean = sums / of_sample
        spread = np.bincount(bins, (w - mean[bins]) ** 2, len(mean))
        carried = sums**2 / squares >= FEWEST_EFFECTIVE
        w_error = np.sqrt(spread) / of_sample
    mean, w_error = (np.where(carried, x, np.nan) for x in (mean, w_error))
    return Marginal(edges, ratio, error, mean, w_error)


def flat(edges: np.ndarray, truth: np.ndarray, sample: np.ndarray) -> float:
    """P-value of a ratio of truth and sample that is the same in all bins of `marginal`."""
    counts = np.array(_counts(edges, truth, sample)[1])
    counts = counts[:, counts.sum(0) > 0]
    return float(chi2_contingency(counts).pvalue) if counts.sum(1).all() else 1.0


def _counts(
    edges: np.ndarray, truth: np.ndarray, sample: np.ndarray
) -> tuple[np.ndarray, list[np.ndarray]]:
    """The edges of merged bins with enough entries, and the counts of truth and sample."""
    everything = np.concatenate([truth, sample])
    fewest = max(FEWEST, LEAST_SHARE * len(everything))
    edges = merged(edges, histogram(everything, edges)[0], fewest)
    return edges, [histogram(values, edges)[0] for values in (truth, sample)]


def merged(edges: np.ndarray, counts: np.ndarray, fewest: float) -> np.ndarray:
    """The edges of merged bins with at least `fewest` counts; the rest joins the last bin.

    >>> merged(np.arange(6), np.array([3, 1, 1, 1, 5]), 3)
    array([0, 1, 4, 5])
    >>> merged(np.arange(4), np.array([5, 5, 1]), 4)
    array([0, 1, 3])
    """
    kept, held = [edges[0]], 0
    for edge, count in zip(edges[1:], counts, strict=True):
        held += count
        if held >= fewest:
            kept.append(edge)
            held = 0
    if kept[-1] != edges[-1]:
        kept = [*kept[: max(1, len(kept) - 1)], edges[-1]]
    return np.array(kept)


def draw_marginal(
    figure: matplotlib.figure.Figure | SubFigure,
    place: SubplotSpec,
    observable: Observable | Axis,
    edges: np.ndarray,
    truth: Histogram,
    sample: Curve,
    tail: Curve | None,
    found: Marginal,
    y_label: str,
) -> tuple[Axes, Axes]:
    """Draw truth, sample and the tail of one of them, with ratio and marginal weight below.

    Arguments:
        figure, place: The figure, and the part of it to draw in.
        observable: The observable.
        edges: The edges of the bins of the upper panel (bins + 1,).
        truth, sample, tail: The shares of all entries in these bins.
        found: The ratio and the marginal weight of the lower panel.
        y_label: The label of the upper y axis.
    """
    dominant = truth.values.max() > DOMINANT * truth.values.sum()
    top, bottom = draw_counts(
        figure,
        place,
        edges,
        truth,
        [sample],
        y_label=y_label,
        x_scale=observable.x_scale,
        log_y=observable.log_y or bool(dominant),
        whole=True,
    )
    if tail:
        values = tail.histogram.values
        top.stairs(values, edges, fill=True, color=tail.colour, alpha=ALPHA, zorder=2.5)
    _draw_ratio(bottom, found, sample.colour)
    label_x(bottom, axis_label(observable))
    integer_ticks(bottom, edges)
    return top, bottom


def _draw_ratio(axes: Axes, found: Marginal, colour: str) -> None:
    edges = found.edges
    axes.set_yscale("log")
    axes.axhline(1, color=BLACK, linewidth=0.8)
    axes.stairs(
        found.w + found.w_error,
        edges,
        baseline=found.w - found.w_error,
        fill=True,
        color=colour,
        alpha=ALPHA,
    )
    axes.stairs(found.w, edges, baseline=None, color=colour)
    low, high = np.clip((edges[:-1], edges[1:]), *axes.get_xlim())
    centres = np.sqrt(low * high) if axes.get_xscale() == "log" else (low + high) / 2
    both = (found.ratio > 0) & np.isfinite(found.ratio)
    axes.errorbar(
        centres[both],
        found.ratio[both],
        found.ratio_error[both],
        linestyle="",
        marker="o",
        markersize=3,
        linewidth=1,
        color=BLACK,
        zorder=4,
    )
    reach = _reach(np.concatenate([found.ratio, found.w]))
    tick = REACHES[reach]
    axes.set_ylim(1 / reach, reach)
    axes.set_yticks([1 / tick, 1, tick], [f"{1 / tick:.2g}", "1", f"{tick:g}"])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylabel("truth /\nsample", loc="center")
    for beyond, power, marker in (
        (found.ratio > reach, 0.85, "^"),
        (found.ratio < 1 / reach, -0.85, "v"),
    ):
        axes.plot(
            centres[beyond],
            np.full(beyond.sum(), reach**power),
            marker,
            color=BLACK,
            markersize=4,
            zorder=5,
        )


def _reach(values: np.ndarray) -> float:
    """The first end of REACHES that holds all finite values with room to spare, else the last."""
    factors = np.abs(np.log(values[np.isfinite(values) & (values > 0)]))
    return next((x for x in REACHES if (factors < 0.9 * np.log(x)).all()), max(REACHES))
