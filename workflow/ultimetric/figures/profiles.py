"""A panel of many numbered observables: their medians and widths against the number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from matplotlib.gridspec import SubplotSpec
from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator
from scipy.stats import norm

from ultimetric.figures.binning import SCALES
from ultimetric.figures.histograms import DASHES, FEW_DECADES, RATIO_HEIGHT
from ultimetric.figures.numbered import number, shared_label
from ultimetric.figures.palette import BLACK, LIGHT, LINE
from ultimetric.figures.style import round_ticks
from ultimetric.kinds.observables import Columns, Observable, Rows, having

LEVELS = norm.cdf((-1, 0, 1))  # the ends and the middle of the central 68 %
# Half the range of the lower axis, in widths of the truth: at least, and at most.
LEAST_SHIFT, LARGEST_SHIFT = 0.25, 3.0
ROOM = 0.05  # above and below all values, as a share of their range


@dataclass(frozen=True)
class Profile:
    """Quantiles (3, n) of n observables of one set at LEVELS, and how to draw them."""

    quantiles: np.ndarray
    colour: str
    dashed: bool = False
    width: float = LINE


def quantiles(
    values: Columns,
    family: Sequence[Observable],
    rows: Rows = slice(None),
    w: np.ndarray | None = None,
) -> np.ndarray:
    """Quantiles (3, n) at LEVELS, of the entries that have the observable; nan without any.

    Arguments:
        values: The observables (N,) by name.
        family: The n observables.
        rows: The chosen entries.
        w: The weights of these entries; all equal by default.
    """
    found = np.full((len(LEVELS), len(family)), np.nan)
    for place, observable in enumerate(family):
        x = values[observable.name][rows]
        there = having(x)
        method = {} if w is None else {"weights": w[there], "method": "inverted_cdf"}
        if len(x[there]):
            found[:, place] = np.quantile(x[there], LEVELS, **method)
    return found


def draw_profile(
    figure: matplotlib.figure.Figure,
    place: SubplotSpec,
    family: list[Observable],
    truth: np.ndarray,
    profiles: Sequence[Profile],
) -> None:
    """Medians and the ends of the central 68 % above; shifts of the medians below.

    Arguments:
        figure, place: The figure, and the part of it to draw in.
        family: The n observables, with numbers.
        truth: Quantiles (3, n) of the truth.
        profiles: The samples.
    """
    numbers = [number(x.name) for x in family]
    # Side by side, also where some numbers are left out.
    places = list(range(numbers[0], numbers[0] + len(numbers)))
    top = figure.add_subplot(place)
    # An inset, because constrained layout would part two subplots.
    bottom = top.inset_axes((0, -RATIO_HEIGHT, 1, RATIO_HEIGHT), sharex=top)
    top.fill_between(places, truth[0], truth[2], color=LIGHT, linewidth=0)
    top.plot(places, truth[1], color=BLACK, linewidth=1.0)
    for profile in profiles:
        low, median, high = profile.quantiles
        style = {"color": profile.colour, "linestyle": DASHES if profile.dashed else "-"}
        top.plot(places, median, linewidth=1.0 if profile.dashed else profile.width, **style)
        if not profile.dashed:
            for end in (low, high):
                top.plot(places, end, linewidth=0.6, alpha=0.7, **style)
    _scale_y(top, family[0].x_scale, np.stack([truth, *(x.quantiles for x in profiles)]))
    top.set_xlim(places[0], places[-1])
    top.set_ylabel(shared_label(family))
    top.tick_params(labelbottom=False)
    _draw_shifts(bottom, places, truth, profiles)
    if places == numbers:
        bottom.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        bottom.set_xticks(places, list(map(str, numbers)))
    bottom.xaxis.set_minor_locator(NullLocator())
    bottom.set_xlabel("$i$" if family[0].layer is None else "layer $i$")


def _scale_y(axes: Axes, scale: str, values: np.ndarray) -> None:
    """A logarithmic or logit axis where there are values; a line to 0 leaves it at its end."""
    inside = values[(values > 0) & ((values < 1) | (scale != "logit"))]
    if scale == "linear" or not len(inside):
        return
    axes.set_yscale(scale, nonpositive="clip")
    there, back = SCALES[scale]
    low, high = there(inside.min()), there(inside.max())
    room = ROOM * (high - low) or 1.0
    axes.set_ylim(back(low - room), back(high + room))
    axes.yaxis.set_minor_formatter(NullFormatter())
    if scale == "log" and inside.max() / inside.min() < FEW_DECADES:
        round_ticks(axes.yaxis)


def _draw_shifts(
    axes: Axes, places: list[int], truth: np.ndarray, profiles: Sequence[Profile]
) -> None:
    """Medians less those of the truth, in units of half its central 68 %."""
    width = (truth[2] - truth[0]) / 2
    width = np.where(width > 0, width, np.nan)
    axes.axhline(0, color=BLACK, linewidth=0.8)
    furthest = 0.0
    for profile in profiles:
        shift = (profile.quantiles[1] - truth[1]) / width
        furthest = max(furthest, np.nanmax(np.abs(shift), initial=0))
        axes.plot(
            places,
            shift,
            color=profile.colour,
            linestyle=DASHES if profile.dashed else "-",
            linewidth=1.0 if profile.dashed else profile.width,
        )
    reach = np.clip(1.1 * furthest, LEAST_SHIFT, LARGEST_SHIFT)
    axes.set_ylim(-reach, reach)
    axes.yaxis.set_major_locator(MaxNLocator(3, symmetric=True, prune="both"))
    axes.set_ylabel("shift /\nwidth", loc="center")
