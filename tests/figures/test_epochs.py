"""Scores against epochs."""

from __future__ import annotations

import numpy as np
import pytest

from ultimetric.analyses.epochs import Training
from ultimetric.figures.epochs import Epochs, _draw, _looks
from ultimetric.figures.style import new_figure, panels


def test_crosses_mark_the_best_epochs() -> None:
    training = Training(
        "net", ["a", "b", "c"], np.array([1, 2, 4]), np.array([False, False, True])
    )
    of = {
        "frd regressor": np.array([[1, 0.1], [0.2, 0.1], [0.4, 0.1]]),
        "auc dnn high": np.array([[1, 0.1], [0.5, 0.1], [-0.1, 0.1]]),  # beyond the baseline
    }
    (axes,) = panels(new_figure(5, 4, "title"), 1, 1)
    _draw(axes, training, of, _looks(list(of)))
    crosses = [line for line in axes.lines if line.get_marker() == "X"]
    assert [round(float(line.get_xdata()[0])) for line in crosses] == [2, 4]
    assert [float(line.get_ydata()[0]) for line in crosses] == [0.2, pytest.approx(1e-3)]
    between = [line.get_xdata() for line in axes.lines if line.get_linestyle() == ":"]
    assert [list(x) for x in between] == [[3, 3]]


def test_lines_of_a_metric_share_their_colour() -> None:
    looks = _looks(["frd a", "frd b", "auc c"])
    assert looks["frd a"]["colour"] == looks["frd b"]["colour"] != looks["auc c"]["colour"]
    assert looks["frd a"]["linestyle"] != looks["frd b"]["linestyle"]
    assert Epochs.analyses == ("*",)
