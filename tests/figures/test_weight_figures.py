"""Figures of the tails of the weights and of exact weights against closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawing import draw, make_weights, only, points, words
from scipy.stats import norm

from ultimetric.classifiers.weights import Side, Weights
from ultimetric.distortions.exact import Exact
from ultimetric.errors import UserError
from ultimetric.figures.exact import Known
from ultimetric.figures.weight_cuts import beyond_cuts
from ultimetric.figures.weight_profile import weights_in
from ultimetric.kinds.observables import Measured

N = 200_000
CUTS = np.array([0.8, 1.0, 1.5, 2.0])


def normals(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Truth of mean 1 and a sample of mean 0, whose exact log w is x - 1/2."""
    rng = np.random.default_rng(seed)
    return rng.normal(1, 1, N), rng.normal(0, 1, N)


def test_shares_beyond_cuts_of_exact_weights() -> None:
    """They are those of normal distributions, and the mean w of the sample's entries there."""
    truth, sample = normals(1)
    weights = make_weights(truth - 0.5, sample - 0.5, calibrated=True)
    ends = np.log(CUTS) + 0.5
    for above, share in ((True, norm.sf), (False, norm.cdf)):
        ratio, error, mean = beyond_cuts(weights, CUTS, above)
        expected = share(ends - 1) / share(ends)
        assert (np.abs(ratio - expected) < 4 * error).all()
        assert (error < 0.02 * ratio).all()
        assert np.allclose(mean, expected, rtol=0.02)
        assert ((ratio > CUTS) == above).all()


def test_errors_of_shares_are_those_of_counts() -> None:
    """Of exact weights with a spread of one value, over many pairs."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(400):
        truth, sample = (rng.normal(mean, 1, 200) for mean in (0.3, 0.0))
        weights = make_weights(truth, sample, calibrated=True)
        found.append(beyond_cuts(weights, np.ones(1), True)[:2])
    ratio, error = np.transpose(found)[0]
    expected = norm.cdf(0.3) / norm.cdf(0)
    assert np.std((ratio - expected) / error) == pytest.approx(1, abs=0.12)


def test_copies_count_as_one() -> None:
    """Errors of a set and its copies are those of the set; of equal sets there is none."""
    rng = np.random.default_rng(5)
    truth, sample = rng.normal(0.3, 1, 300), rng.normal(0, 1, 200)
    once = make_weights(truth, sample, calibrated=True)
    twice = make_weights(np.repeat(truth, 2), np.repeat(sample, 2), calibrated=True)
    numbers = np.split(np.repeat(np.arange(500), 2), [600])
    copies = replace(twice, **grouped(twice, *numbers))
    expected, found = (beyond_cuts(x, CUTS, True) for x in (once, copies))
    assert np.allclose(found, expected)
    observable = Measured(name="x", function=len, label="$x$", edges=np.linspace(-4, 4, 81))
    columns = {"x": np.repeat(truth, 2)}, {"x": np.repeat(sample, 2)}
    test = Known("s", "all", copies, Exact(*(x["x"] for x in columns), 0.7))
    bins = weights_in(observable, *columns, test)
    n = np.histogram(truth, bins.edges)[0][1:-1], np.histogram(sample, bins.edges)[0][1:-1]
    binomial = bins.ratio[1:-1] * np.sqrt(1 / n[0] - 1 / 300 + 1 / n[1] - 1 / 200)
    assert np.allclose(bins.error[1:-1], binomial)
    same = make_weights(truth, truth, calibrated=True)
    same = replace(same, **grouped(same, np.arange(300), np.arange(300)))
    assert np.allclose(beyond_cuts(same, CUTS, True)[:2], np.transpose([[1, 0]] * len(CUTS)))


def grouped(weights: Weights, truth: np.ndarray, sample: np.ndarray) -> dict[str, Side]:
    """Both sides with these groups."""
    return {
        "truth": replace(weights.truth, group=truth),
        "sample": replace(weights.sample, group=sample),
    }


def test_few_entries_have_no_ratio() -> None:
    weights = make_weights(np.log([3.0, 3, 3, 1]), np.log([3.0, 3, 1, 1]), calibrated=True)
    ratio, error, mean = beyond_cuts(weights, np.array([2.0, 4.0]), True)
    assert np.isnan(ratio).all()
    assert np.isnan(error).all()
    assert mean[0] == pytest.approx(3)
    assert np.isnan(mean[1])


def test_weights_in_bins_of_what_they_depend_on() -> None:
    """Exact and learned w and the ratio are the same function; beyond a cut nothing is bounded."""
    truth, sample = normals(3)
    sample = sample[sample < 2]
    exact = [x - 0.5 + np.log(norm.cdf(2)) for x in (truth, sample)]
    exact[0][truth >= 2] = np.inf
    learned = [np.minimum(x, 3.0) for x in exact]
    observable = Measured(name="x", function=len, label="$x$", edges=np.linspace(-4, 4, 81))
    test = Known("cut", "all", make_weights(*learned, calibrated=True), Exact(*exact, 0.7))
    found = weights_in(observable, {"x": truth}, {"x": sample}, test)
    centres = (found.edges[:-1] + found.edges[1:]) / 2
    inside = (found.edges[1:] <= 2) & (found.edges[:-1] > -2)
    assert inside.sum() > 10
    right = np.exp(centres - 0.5) * norm.cdf(2)
    assert np.allclose(found.exact[inside], right[inside], rtol=0.05)
    assert np.allclose(found.quantiles[1][inside], right[inside], rtol=0.05)
    pull = (found.ratio[inside] - found.exact[inside]) / found.error[inside]
    assert np.sqrt((pull**2).mean()) < 1.6
    beyond = found.edges[:-1] >= 2
    assert beyond.any()
    assert np.isposinf(found.exact[beyond]).all()
    assert np.isposinf(found.ratio[beyond]).all()
    assert np.allclose(found.quantiles[:, beyond], np.exp(3.0))


def test_entries_without_the_observable_are_left_out() -> None:
    truth, sample = normals(4)
    gone = [np.where(x < 0, np.nan, x) for x in (truth, sample)]
    observable = Measured(name="x", function=len, label="$x$", edges=np.linspace(-4, 4, 81))
    test = Known(
        "s", "all", make_weights(truth, sample, calibrated=True), Exact(truth, sample, 0.7)
    )
    found = weights_in(observable, {"x": gone[0]}, {"x": gone[1]}, test)
    expected = norm.cdf(1) / norm.cdf(0)  # the entries that have it
    centres = (found.edges[:-1] + found.edges[1:]) / 2
    near = np.abs(centres - 1) < 0.3
    assert np.allclose(found.ratio[near], np.exp(centres - 0.5)[near] / expected, rtol=0.1)


@pytest.mark.slow
def test_what_is_drawn(calibrated) -> None:
    drawn = draw("weight_cuts", only(calibrated, "thinned"), inputs="high_level")
    (axes,) = drawn.axes
    assert {x for x, _ in points(axes)} <= set(np.geomspace(0.8, 2, 25))
    assert len(points(axes)) > 25
    with pytest.raises(UserError, match="two rising numbers"):
        draw("weight_cuts", calibrated, cuts=[2.0, 1.0])
    profile = draw("weight_profile", only(calibrated, "thinned"), observable="E_tot")
    assert "exact w" in words(profile)
    with pytest.raises(UserError, match=r"observable: 'E_7' is not one of .*, did you mean"):
        draw("weight_profile", calibrated, observable="E_7")
