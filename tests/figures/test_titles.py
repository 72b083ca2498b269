"""Long titles of panels."""

from __future__ import annotations

from itertools import combinations

from matplotlib.figure import Figure

from ultimetric.figures.titles import wrap_titles

LONG = "a generator with a long name, noise before, half of it subtracted"


def panels(*titles: str) -> Figure:
    figure = Figure(figsize=(2 * len(titles), 2), layout="constrained")
    for axes, title in zip(figure.subplots(1, len(titles), squeeze=False)[0], titles, strict=True):
        axes.set_title(title, size=9)
    figure.draw_without_rendering()
    return figure


def extents(figure: Figure) -> list:
    figure.draw_without_rendering()
    return [axes.title.get_window_extent() for axes in figure.axes]


def test_titles_that_cover_one_another_are_broken() -> None:
    figure = panels(LONG, LONG + "\n3 MeV", "short")
    boxes = extents(figure)
    assert boxes[0].overlaps(boxes[1])
    wrap_titles(figure)
    boxes = extents(figure)
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)
    first, second, third = (axes.get_title() for axes in figure.axes)
    assert first.replace("\n", " ") == LONG
    assert second.endswith("\n3 MeV")
    assert third == "short"


def test_titles_with_room_stay_as_they_are() -> None:
    figure = panels("short", "a longer one")
    wrap_titles(figure)
    assert [axes.get_title() for axes in figure.axes] == ["short", "a longer one"]


def test_a_single_panel_is_not_left() -> None:
    figure = panels(LONG)
    assert extents(figure)[0].x0 < 0
    wrap_titles(figure)
    (box,) = extents(figure)
    assert box.x0 >= 0 and box.x1 <= figure.bbox.x1
