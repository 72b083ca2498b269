"""The style of all figures: rcParams, and a header with title, legend and banner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from math import ceil
from textwrap import fill, wrap
from typing import Any

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from ultimetric.figures.palette import ALARM, BLACK, LIGHT

PNG_DPI = 130
MARGIN_INCHES = 0.08
TITLE_INCHES = 0.30
NARROWEST = 6.0
BANNER_INCHES = 0.30
# A line of notes, and about the width of its letters.
NOTE_INCHES, LETTER_INCHES = 0.17, 0.07
HANDLE = 6  # letters as wide as the line beside a label of a legend
# A logarithmic axis whose ends have a smaller ratio may hold one round number only.
NARROW = 5

# The widths in inches of a column, and of both, of a journal's page (APS).
PAPERS = {"one_column": 3.4, "two_columns": 7.0}
PANEL_INCHES = 3.3  # the narrowest panel in a row of several there
SQUEEZED = 1.3  # factor by which a figure may be made narrower
_paper_inches: ContextVar[float | None] = ContextVar("paper_inches", default=None)

RC = {
    "axes.axisbelow": False,
    "axes.edgecolor": BLACK,
    "axes.formatter.limits": (-3, 4),
    "axes.formatter.use_mathtext": True,
    "axes.labelsize": 10,
    "axes.linewidth": 0.8,
    "axes.titlesize": 10,
    "figure.dpi": PNG_DPI,  # texts are as wide as they were when room was made for them
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "pdf.fonttype": 42,
    "text.usetex": False,
    "xaxis.labellocation": "right",
    "xtick.direction": "in",
    "xtick.minor.visible": True,
    "xtick.top": True,
    "yaxis.labellocation": "top",
    "ytick.direction": "in",
    "ytick.minor.visible": True,
    "ytick.right": True,
}


@contextmanager
def look(paper: str | None = None) -> Iterator[None]:
    """Use this style in the block, whatever matplotlibrc or style the user has.

    Arguments:
        paper: The name of a width in PAPERS, for figures of a paper, without titles: panels
            stand in as many columns as it holds. What is no grid of panels may be wider.
    """
    token = _paper_inches.set(PAPERS[paper] if paper else None)
    try:
        with matplotlib.rc_context():
            matplotlib.use("Agg")
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(RC)
            yield
    finally:
        _paper_inches.reset(token)


def new_figure(
    width: float,
    height: float,
    title: str,
    handles: Sequence[Artist] = (),
    banner: str = "",
    notes: Sequence[str] = (),
) -> Figure:
    """A figure with a header (banner, title, notes, legend) above its axes.

    Arguments:
        width: The width in inches, or more if the title needs it.
        height: The height in inches of the part below the header.
        title: The title.
        handles: The legend entries with labels, in rows below the title.
        banner: A warning in red above the title.
        notes: Sentences in red below the title, wrapped to the width.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    heading = figure.text(0, 0, title, size=11, weight="bold", color=BLACK, va="top")
    if paper := _paper_inches.get():
        widths = (x for x in PAPERS.values() if paper <= x and width <= SQUEEZED * x)
        width = min(width, next(widths, width))
        heading.set_visible(False)
        for handle in handles:
            handle.set_label(fill(str(handle.get_label()), int(width / LETTER_INCHES) - HANDLE))
    else:
        title_inches = heading.get_window_extent().width / figure.dpi
        width = max(width, NARROWEST, title_inches + 2 * MARGIN_INCHES)
    figure.set_figwidth(width)
    legend = _widest_legend(figure, handles) if handles else None
    legend_inches = legend.get_window_extent().height / figure.dpi if legend else 0
    lines = [line for note in notes for line in wrap(note, int(width / LETTER_INCHES))]
    titled = TITLE_INCHES * heading.get_visible()
    header = MARGIN_INCHES + BANNER_INCHES * bool(banner) + titled
    header += NOTE_INCHES * len(lines) + legend_inches
    total = height + header
    figure.set_size_inches(width, total)
    figure.get_layout_engine().set(
        rect=(0, 0, 1, height / total), w_pad=MARGIN_INCHES, h_pad=MARGIN_INCHES
    )

    left, top = MARGIN_INCHES / width, 1 - MARGIN_INCHES / total
    if banner:
        box = {"facecolor": ALARM, "edgecolor": "none", "boxstyle": "square,pad=0.3"}
        figure.text(left, top, banner, color="white", weight="bold", va="top", bbox=box)
        top -= BANNER_INCHES / total
    heading.set_position((left, top))
    top -= titled / total
    for text in lines:
        figure.text(left, top, text, size=8, color=ALARM, va="top")
        top -= NOTE_INCHES / total
    if legend:
        legend.set_bbox_to_anchor((0, top), figure.transFigure)
    return figure


def message(text: str) -> Figure:
    """A figure that only says one sentence."""
    return new_figure(NARROWEST, 0.1, text)


def _widest_legend(figure: Figure, handles: Sequence[Artist]) -> Legend:
    """The legend with as many columns as fit the figure's width."""
    for columns in range(len(handles), 0, -1):
        legend = figure.legend(
            handles=handles, loc="upper left", ncols=columns, borderaxespad=0, borderpad=0.3
        )
        if columns == 1 or legend.get_window_extent().width <= figure.bbox.width:
            return legend
        legend.remove()
    raise AssertionError("a legend has at least one entry")


def line(label: str, colour: str, **kwargs: Any) -> Line2D:
    """Legend entry of a line."""
    return Line2D([], [], color=colour, label=label, **kwargs)


def dot(label: str, color: str, marker: str) -> Line2D:
    """Legend entry of a point with an error bar."""
    return line(label, color, linestyle="", marker=marker, markersize=5)


def side_by_side(edges: np.ndarray, k: int, n: int, scale: str = "linear") -> np.ndarray:
    """Where the k-th of n samples has its points in bins, so that none hides another.

    Arguments:
        edges: The edges of the bins.
        k: The number of the sample.
        n: The number of samples.
        scale: The scale of the axis, linear or log.
    """
    if scale == "log":
        return np.exp(side_by_side(np.log(edges), k, n))
    return edges[:-1] + (k + 1) / (n + 1) * np.diff(edges)


def filled(label: str) -> Patch:
    """Legend entry of the truth histogram."""
    return Patch(facecolor=LIGHT, edgecolor=BLACK, label=label)


def band(axes: Axes, edges: np.ndarray, value: np.ndarray, error: np.ndarray) -> None:
    """The truth in bins: a line within its statistical error."""
    axes.stairs(value + error, edges, baseline=value - error, fill=True, color=LIGHT)
    axes.stairs(value, edges, baseline=None, color=BLACK, linewidth=0.9)


def log_scale(axes: Axes, names: str) -> None:
    """Make axes ("x", "y" or "xy") logarithmic; those without positive data stay linear."""
    for name in names:
        if np.isfinite(getattr(axes.dataLim, f"minpos{name}")):
            axes.set(**{f"{name}scale": "log"})


class RoundLocator(LogLocator):
    """Ticks at 1, 2 and 5 times powers of ten; equally spaced ones where these are too few."""

    def __init__(self) -> None:
        super().__init__(subs=(1, 2, 5))

    def tick_values(self, vmin: float, vmax: float) -> np.ndarray:
        if vmax < NARROW * vmin:
            return MaxNLocator(4, steps=(1, 2, 5, 10)).tick_values(vmin, vmax)
        return super().tick_values(vmin, vmax)


def few_ticks(axis: Axis) -> None:
    """Round ticks of a linear axis so few that their numbers keep apart in a narrow panel."""
    axis.set_major_locator(MaxNLocator(5, steps=(1, 2, 5, 10)))


def round_ticks(axis: Axis) -> None:
    """Ticks of a logarithmic axis of few decades, as plain numbers."""
    axis.set_major_locator(RoundLocator())
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def panels(figure: Figure, n_panels: int, columns: int, **kwargs: Any) -> list[Axes]:
    """Axes in the shape that `grid_shape` gives, without the spare ones."""
    shape = grid_shape(n_panels, columns)
    axes = figure.subplots(*shape, squeeze=False, **kwargs).ravel()
    for spare in axes[n_panels:]:
        spare.remove()
    return list(axes[:n_panels])


def grid_shape(n_panels: int, columns: int) -> tuple[int, int]:
    """Rows and columns for panels, rows as equal as can be.

    Arguments:
        n_panels: The number of panels.
        columns: The most columns, unless the paper of `look` holds fewer.
    """
    if paper := _paper_inches.get():
        columns = min(columns, max(1, int(paper / PANEL_INCHES)))
    rows = ceil(n_panels / columns)
    return rows, ceil(n_panels / rows)
