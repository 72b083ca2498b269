"""Texts beside points, none over another."""

from __future__ import annotations

from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from ultimetric.figures.palette import BLACK, GREY

SIZE = 8
# Where a text may stand: directions from its point, and distances from it in points.
DIRECTIONS = ((1, 1), (-1, 1), (1, -1), (-1, -1), (0, 1), (0, -1), (1, 0), (-1, 0))
DISTANCES = (5, 12, 20, 30, 42, 56)
NEAR = 8  # up to this distance a text needs no line to its point
POINT = 9  # the width of a point with its edge


def label_points(axes: Axes, places: np.ndarray, texts: list[str], others: np.ndarray) -> None:
    """Write a text beside each point where it covers no other text and the fewest points.

    The layout of the figure must be final: texts are placed by their size on the page.

    Arguments:
        axes: The axes with their final limits.
        places: The points (n, 2) that the texts belong to, in the units of the axes.
        texts: The texts.
        others: All points (N, 2) that are not to be covered.
    """
    canvas = axes.figure.canvas.get_renderer()
    scale = axes.figure.dpi / 72
    inside = axes.get_window_extent(canvas)
    taken = [_box(*place, POINT * scale) for place in axes.transData.transform(others)]
    for place, text in zip(places, texts, strict=True):
        written = axes.annotate(
            text, place, (0, 0), textcoords="offset points", size=SIZE, color=BLACK, zorder=6
        )
        written.set_in_layout(False)
        extent = written.get_window_extent(canvas)
        size = np.array([extent.width, extent.height])
        at = axes.transData.transform(place)
        found = [
            (step, direction, _beside(at, np.array(direction), step * scale, size))
            for step, direction in product(DISTANCES, DIRECTIONS)
        ]
        step, _, box = min(found, key=lambda x: (_cost(x[2], taken, inside), x[0]))
        written.xyann = tuple((box.p0 - at) / scale)
        taken.append(box)
        if step > NEAR:
            near = np.clip(at, box.p0, box.p1)
            line = axes.annotate(
                "", place, tuple((near - at) / scale), textcoords="offset points",
                arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.6},
            )  # fmt: skip
            line.set_in_layout(False)


def _beside(at: np.ndarray, direction: np.ndarray, step: float, size: np.ndarray) -> Bbox:
    """The box of a text of some size, a step from its point."""
    middle = at + direction * (step + size / 2)
    return Bbox([middle - size / 2, middle + size / 2])


def _box(x: float, y: float, width: float) -> Bbox:
    return Bbox.from_bounds(x - width / 2, y - width / 2, width, width)


def _cost(box: Bbox, taken: list[Bbox], inside: Bbox) -> float:
    """The area of a box that lies over others; infinite if it leaves the axes."""
    if not (inside.contains(*box.p0) and inside.contains(*box.p1)):
        return np.inf
    overlaps = (Bbox.intersection(box, other) for other in taken)
    return sum(x.width * x.height for x in overlaps if x is not None)
