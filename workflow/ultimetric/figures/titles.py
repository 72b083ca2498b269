"""Titles of panels that find no room on one line."""

from __future__ import annotations

from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox


def wrap_titles(figure: Figure) -> None:
    """Break titles of panels that cover one another, or leave the figure, into lines.

    The lines are as wide as the panel. The figure must have been drawn once; the room for more
    lines is made when it is drawn again.
    """
    titles = [(axes, text) for axes in figure.findobj(Axes) for text in _titles(axes)]
    boxes = [text.get_window_extent() for _, text in titles]
    for k, (axes, text) in enumerate(titles):
        others = boxes[:k] + boxes[k + 1 :]
        outside = boxes[k].x0 < 0 or boxes[k].x1 > figure.bbox.x1
        if outside or any(map(boxes[k].overlaps, others)):
            text.set_text(_broken(text.get_text(), boxes[k], axes.bbox))


def _titles(axes: Axes) -> list[Text]:
    """The titles on the left, in the centre and on the right that are not empty."""
    texts = [x for x in axes.get_children() if isinstance(x, Text) and x not in axes.texts]
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


def _broken(text: str, drawn: Bbox, panel: Bbox) -> str:
    """Text with lines that are no wider than the panel, if its words allow it."""
    longest = max(map(len, text.split("\n")))
    letters = max(1, int(longest * panel.width / drawn.width))
    lines = (wrap(line, letters, break_long_words=False) for line in text.split("\n"))
    return "\n".join(part for parts in lines for part in parts)
