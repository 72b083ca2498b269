"""Histograms of weights, their bands and spread, and the tails of weights."""

from dataclasses import replace

import numpy as np
import pytest
from drawing import THINNED, draw, make_side, only, steps, with_files, words

from ultimetric.classifiers.weights import write_weights
from ultimetric.errors import UserError
from ultimetric.figures.base import NothingToShowError
from ultimetric.figures.clustering import find_tails, rank
from ultimetric.figures.weight_axes import VARIANTS
from ultimetric.figures.weight_uncertainty import relative_spread
from ultimetric.figures.weights import BAND, DRAWS, band


def test_weight_histograms_count_every_shower(calibrated):
    """Weights beyond the axis are clipped into its end bins and the text says how many."""
    drawn = draw("weights", calibrated, inputs="high_level")
    linear, logarithmic = drawn.axes
    weights = calibrated.samples["thinned"].weights("dnn", "high_level")
    for axes in (linear, logarithmic):
        values, _, _ = steps(axes, THINNED, dashed=False)
        assert values.sum() == pytest.approx(1)
    beyond = 100 * (weights.truth.w > 3).mean()
    assert beyond > 1
    assert f"{beyond:.1f} % of truth" in words(drawn)
    assert f"mean w over the sample {weights.sample.w.mean():.4g}" in words(drawn)


def test_every_kind_of_axis_counts_every_shower(calibrated):
    variants = ["linear", "clipped", "loglog", "decades"]
    drawn = draw("weights", calibrated, inputs="high_level", variants=variants)
    assert len(drawn.axes) == 4
    for axes in drawn.axes:
        values, _, _ = steps(axes, THINNED, dashed=False)
        assert values.sum() == pytest.approx(1)
    assert [len(steps(a, THINNED, dashed=False)[1]) for a in drawn.axes[:3]] == [50] * 3
    assert drawn.axes[2].get_xlim() == (0.01, 10)
    w = calibrated.samples["thinned"].weights("dnn", "high_level").joined("w")
    _, high = drawn.axes[1].get_xlim()
    assert (w > high).sum() <= 1
    assert "correlated" not in words(drawn)
    with pytest.raises(UserError, match="no variant cubic; there are linear, clipped"):
        draw("weights", calibrated, variants=["cubic"])


def test_bands_of_weights_by_hand():
    """Log w = 0 of all showers with a spread of 1: a draw puts them all into one bin."""
    axis = VARIANTS["loglog"](np.ones(1))
    side = replace(make_side(np.zeros(100), np.zeros(100)), logit_std=np.ones(100))
    low, high = band(axis, side)
    assert (low == 0).all()
    moved = np.array([axis.fractions(np.exp([z]))[None] for z in DRAWS])[:, 0]
    assert np.allclose(high, np.quantile(moved, BAND[1], axis=0))
    low, high = band(axis, replace(side, logit_std=np.zeros(100)))
    assert low.max() == high.max() == 1
    assert band(axis, replace(side, logit_std=np.full(100, np.nan))) is None


def test_bands_are_drawn_if_wanted(calibrated):
    options = {"inputs": "high_level", "variants": ["loglog"]}
    plain, banded = (draw("weights", calibrated, band=x, **options) for x in (False, True))
    assert len(banded.axes[0].patches) == len(plain.axes[0].patches) + 2
    assert "fully correlated" in words(banded)


def test_spread_of_weights_in_bins():
    w = np.repeat([0.5, 1.0, 2.0], [100, 100, 5])
    share = np.concatenate([np.linspace(0, 0.2, 100), np.full(100, 0.3), np.full(5, 9.0)])
    side = replace(make_side(np.log(w), np.log(w)), w_std=w * share)
    centre, (low, middle, high) = relative_spread(side, np.array([0.1, 0.7, 1.5, 9.0]))
    assert centre[:2] == pytest.approx([0.5, 1])
    assert middle[:2] == pytest.approx([0.1, 0.3])
    assert [low[0], high[0]] == pytest.approx([0.2 * 0.1587, 0.2 * 0.8413], rel=0.02)
    assert np.isnan([centre[2], low[2], middle[2], high[2]]).all()


def test_weights_of_one_training_have_no_spread_to_show(calibrated, tmp_path):
    weights = calibrated.samples["thinned"].weights("dnn", "high_level")
    sides = [replace(x, w_std=np.full(len(x.w), np.nan)) for x in (weights.truth, weights.sample)]
    path = tmp_path / "single.hdf5"
    alone = replace(weights, truth=sides[0], sample=sides[1])
    write_weights(path, {("dnn", "high_level"): alone})
    inputs = only(with_files(calibrated, "thinned", weights=path), "thinned")
    with pytest.raises(NothingToShowError, match="without a posterior have no spread"):
        draw("weight_uncertainty", inputs)


def test_tails_by_threshold_or_by_quantile():
    w = np.linspace(0.05, 3.05, 1001)
    low, high = find_tails(w, low=0.1, high=2, fewest=20)
    assert (w[high.chosen] > 2).all()
    assert high.chosen.sum() == (w > 2).sum()
    assert high.text == f"w > 2: {high.chosen.sum()} of 1001"
    # Only 17 showers pass the lower threshold.
    assert low.chosen.sum() == pytest.approx(50, abs=1)
    assert "w < 0.1: 17 of 1001, so 5 % at w < 0.2" in low.text


def test_the_observable_that_makes_the_tail_ranks_first():
    rng = np.random.default_rng(5)
    values = {"noise": rng.normal(size=2000), "cause": rng.normal(size=2000)}
    tails = find_tails(np.exp(values["cause"]), low=0.3, high=3, fewest=20)
    ranked = rank(values, tails, list(values), 20)
    assert ranked[0][0] == "cause"
    assert ranked[0][1] > 0.8
    assert ranked[1][1] < 0.1


def test_an_observable_that_few_of_a_tail_have_is_not_ranked():
    """Of a second jet that 12 of some hundred entries of a tail have, nothing can be said."""
    rng = np.random.default_rng(5)
    w = np.exp(rng.normal(size=2000))
    tails = find_tails(w, low=0.3, high=3, fewest=20)
    second = rng.normal(size=2000)
    second[np.flatnonzero(tails[1].chosen)[12:]] = np.nan
    values = {"first": rng.normal(size=2000), "second": second}
    assert [name for name, _ in rank(values, tails, list(values), 20)] == ["first"]
    assert len(rank(values, tails, list(values), 12)) == 2
