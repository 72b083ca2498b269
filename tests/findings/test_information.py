"""The information of the weights that lies in an observable: by hand and by closed form."""

from __future__ import annotations

import numpy as np
import pytest
from faults import population
from scipy.stats import norm

from ultimetric.findings.information import information, marginal, probability, shares
from ultimetric.findings.population import Population


def equal(n: int) -> np.ndarray:
    """Equal shares of showers in a mean."""
    return np.full(n, 1 / n)


def test_information_of_two_values() -> None:
    """C = 0 or 2/3, the latter for 3/4 of all: 3/4 (1 - entropy) + 1/4 bits."""
    c = np.tile([0.0, 2 / 3, 2 / 3, 2 / 3], 250)
    entropy = np.log2(3) - 2 / 3
    exact = 0.75 * (1 - entropy) + 0.25
    assert information(c, c, equal(1000)) == pytest.approx(exact)
    half = np.full(1000, 0.5)
    assert information(c, half, equal(1000)) == pytest.approx(0)
    assert information(half, half, equal(1000)) == 0
    # Weights of 0 and infinity are one bit.
    apart = probability(np.tile([0.0, np.inf], 500))
    assert information(apart, apart, equal(1000)) == pytest.approx(1)


def two_normals(n: int, shift: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """An observable of truth and of a sample (n,), and w = exp(shift^2/2 - shift o) of both."""
    o = np.concatenate([rng.normal(size=n), shift + rng.normal(size=n)])
    return o, np.exp(shift**2 / 2 - shift * o)


def test_information_is_the_divergence_and_largest_at_the_conditional_mean() -> None:
    rng = np.random.default_rng(2)
    n, shift = 100_000, 0.5
    _, w = two_normals(n, shift, rng)
    c, share = probability(w), equal(2 * n)
    grid = np.linspace(-9, 9, 20_001)
    p, q = norm.pdf(grid), norm.pdf(grid, shift)
    mean = (p + q) / 2
    divergence = np.trapezoid(p * np.log2(p / mean) + q * np.log2(q / mean), grid) / 2
    best = information(c, c, share)
    assert best == pytest.approx(divergence, rel=0.02)
    for slope in (0.0, 0.7, 1.3):
        assert information(c, probability(w**slope), share) < best


def test_no_weight_counts_for_more_than_a_shower() -> None:
    """One weight moves the information by less than two bits over the number of showers."""
    w = np.exp(0.1 * np.random.default_rng(1).normal(size=1000))
    before = information(*2 * (probability(w),), equal(1000))
    w[3] = 1e12
    assert abs(information(*2 * (probability(w),), equal(1000)) - before) < 2 / 1000


def test_marginal_leaves_its_own_part_out() -> None:
    c, cells = np.arange(1.0, 7.0) / 10, np.array([0, 0, 0, 1, 1, 1])
    part = np.array([0, 1, 2, 0, 0, 1])
    prior = np.full(6, 0.5)
    # (sum over the others of the cell + 10 / 2) / (their number + 10)
    expected = [5.5 / 12, 5.4 / 12, 5.3 / 12, 5.6 / 11, 5.6 / 11, 5.9 / 12]
    assert marginal(c, equal(6), cells, part, prior) == pytest.approx(expected)


def test_shares_of_a_product_of_weights() -> None:
    """log w = a + b: each explains its own part, noise nothing, copies of the energy nothing."""
    rng = np.random.default_rng(3)
    n = 10_000
    (a, of_a), (b, of_b) = (two_normals(n, shift, rng) for shift in (0.6, 0.3))
    energy, w = np.exp(rng.uniform(0, 4, 2 * n)), of_a * of_b
    values = {"a": a, "b": b, "noise": rng.normal(size=2 * n), "energy": np.sqrt(energy)}
    truth, sample = (
        Population(energy[rows], {k: x[rows] for k, x in values.items()}, w[rows], "E_inc")
        for rows in (slice(n), slice(n, None))
    )
    found = shares(truth, sample, np.random.default_rng(0))
    exact = [probability(x) for x in (of_a, w)]
    share = equal(2 * n)
    part = information(exact[0], exact[0], share) / information(exact[1], exact[1], share)
    assert found["a"] == pytest.approx(part, abs=0.05)
    assert found["a"] > found["b"] > 0.1
    assert found["noise"] == pytest.approx(0, abs=0.02)
    assert found["energy"] == pytest.approx(0, abs=0.02)
    assert found["E_inc"] == pytest.approx(0, abs=0.02)


def test_noise_explains_nothing_on_average() -> None:
    mean = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        truth, sample = (
            population(np.exp(rng.normal(size=500)), o=rng.normal(size=500)) for _ in "ab"
        )
        mean.append(shares(truth, sample, rng)["o"])
    assert np.mean(mean) < 0


def test_weights_without_information_have_no_shares() -> None:
    one = population(np.ones(500), o=np.arange(500.0))
    assert shares(one, one, np.random.default_rng(0)) == {"E_inc": 0, "o": 0}
