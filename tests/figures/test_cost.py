"""Figures of times: which points they show, and for whom."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from drawing import draw, points, words
from matplotlib.colors import to_hex

from ultimetric.figures.base import FigureInputs, NothingToShowError
from ultimetric.figures.palette import BLACK

pytestmark = pytest.mark.slow


def test_times_against_the_batch_size(calibrated: FigureInputs) -> None:
    drawn = draw("cost", calibrated)
    cpu, gpu = drawn.axes
    assert [axes.get_title(loc="left") for axes in (cpu, gpu)] == ["CPU", "GPU"]
    # The largest batch was not measured; the whole way follows the times in memory.
    measured = [(1, 30), (10, 3), (100, 0.3), (1000, 0.03), (100, 7)]
    assert points(cpu) == [pytest.approx(point) for point in measured]
    assert points(gpu) == [(100, 0.5)]
    for axes in (cpu, gpu):
        (mean,) = [
            x for x in axes.lines if len(x.get_ydata()) == 2 and to_hex(x.get_color()) == BLACK
        ]
        assert set(mean.get_ydata()) == {1772}
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    said = words(drawn)
    for text in (
        "Thinned",
        "planted fault",
        "Geant4 (one CPU core)",
        "in memory",
        "the whole way",
    ):
        assert text in said
    assert "Geant4 vs Geant4" not in said  # the baseline has no times


def test_times_against_the_condition(calibrated: FigureInputs) -> None:
    drawn = draw("cost_condition", calibrated)
    (axes,) = drawn.axes
    assert points(axes) == [(1, 0.3), (50, 0.3), (100, 0.3), (1, 30), (50, 60), (100, 90)]
    assert "batch size 100" in words(drawn)
    mean = calibrated.costs["quantity"] == "time_per_shower"
    measured = calibrated.costs["stage"] == "generate"
    (axes,) = draw(
        "cost_condition", replace(calibrated, costs=calibrated.costs[mean | measured])
    ).axes
    assert points(axes) == [(1, 0.3), (50, 0.3), (100, 0.3)]
    assert any(set(x.get_ydata()) == {1772} for x in axes.lines)


def test_times_on_another_dataset_are_left_out(calibrated: FigureInputs) -> None:
    other = calibrated.costs.assign(note="dataset gamma", value=5.0)
    both = replace(calibrated, costs=pd.concat([calibrated.costs, other], ignore_index=True))
    for module in ("cost", "cost_condition"):
        alone, together = (draw(module, given).axes[0] for given in (calibrated, both))
        assert points(together) == points(alone)


def test_times_on_no_named_device_are_left_out(calibrated: FigureInputs) -> None:
    nowhere = replace(calibrated, costs=calibrated.costs.assign(device=""))
    for module in ("cost", "cost_condition"):
        with pytest.raises(NothingToShowError, match="measured or stated"):
            draw(module, nowhere)


@pytest.mark.parametrize("module", ["cost", "cost_condition"])
def test_without_times_a_figure_says_so(module: str, calibrated: FigureInputs) -> None:
    with pytest.raises(NothingToShowError, match="measured or stated"):
        draw(module, replace(calibrated, costs=calibrated.costs[:0]))
