"""Figures of generators with a posterior show the numbers of the analysis."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import draw, words

from ultimetric.figures.bands import FEWEST, bands, equal_edges
from ultimetric.figures.base import NothingToShowError


def test_quantiles_in_bins_of_equal_numbers() -> None:
    w = np.random.default_rng(1).permutation(np.arange(1.0, 3001))
    centre, found = bands(w, 2 * w, equal_edges(w, 3))
    assert centre == pytest.approx([500.5, 1500.5, 2500.5])
    assert found[1] == pytest.approx(2 * centre)
    assert found[2] - found[0] == pytest.approx(np.full(3, 2 * 999 * 0.6827), rel=1e-3)
    few, _ = bands(w[: FEWEST - 1], w[: FEWEST - 1], equal_edges(w, 1))
    assert np.isnan(few).all()


def test_panels_of_samples_with_a_posterior(calibrated) -> None:
    for module in ("posterior_spread", "posterior_pulls"):
        drawn = draw(module, calibrated, inputs="high_level")
        titles = [axes.get_title(loc="left") for axes in drawn.axes]
        assert [title for title in titles if title] == ["Thinned, high-level inputs"]
    assert "width" in words(draw("posterior_pulls", calibrated))


def test_without_a_posterior_there_is_nothing_to_show(calibrated) -> None:
    given = type(calibrated)(**{**vars(calibrated), "arrays": {}})
    with pytest.raises(NothingToShowError, match="no generator of the samples has a posterior"):
        draw("posterior_pulls", given)
