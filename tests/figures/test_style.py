"""The style of all figures."""

import pytest
from matplotlib.figure import Figure

from ultimetric.figures.style import grid_shape, look, round_ticks


def test_the_width_of_a_paper_ends_with_its_block_even_after_an_error():
    wide = grid_shape(4, 4)
    with look("one_column"):
        assert grid_shape(4, 4) != wide
    with pytest.raises(ZeroDivisionError), look("one_column"):
        1 / 0  # noqa: B018
    assert grid_shape(4, 4) == wide


@pytest.mark.parametrize(
    ("ends", "expected"),
    [((0.8, 1.5), {0.8, 1, 1.2, 1.4}), ((0.3, 30), {0.5, 1, 2, 5, 10, 20})],
)
def test_ticks_of_few_decades_are_round_numbers(ends, expected):
    axes = Figure().subplots()
    axes.set(xscale="log", xlim=ends)
    round_ticks(axes.xaxis)
    low, high = ends
    shown = {round(float(x), 6) for x in axes.xaxis.get_majorticklocs() if low <= x <= high}
    assert shown == expected
