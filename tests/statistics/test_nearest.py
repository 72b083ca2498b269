"""Nearest neighbours of two kinds, and what chance makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from ultimetric.statistics.nearest import (
    Pool,
    beside,
    permuted,
    pool_of,
    pvalue,
    training_share,
    within,
)


def test_neighbours_within_by_hand() -> None:
    """Truth 0, 1, 3 and sample 10, 10.25, 12: nearest of the same kind 1, 1, 2 and .25, .25, 1.75.

    The nearest of the other kind is 7 and more away, so that all of the sample is repeated.
    """
    x = np.array([0.0, 1, 3, 10, 10.25, 12])[:, None]
    found = within(pool_of(x), np.arange(6) > 2)
    assert found["ratio"] == 0.25
    assert found["close"] == pytest.approx(2 / 3)
    assert found["ks"] == pytest.approx(2 / 3)
    assert found["repeated"] == 1


def test_neighbours_beside_by_hand() -> None:
    """Unseen 0 and 4, training 1 and 9; sample 0.8 (copy), 3 (unseen) and 8 (training)."""
    truth, sample = np.array([0.0, 4, 1, 9])[:, None], np.array([0.8, 3, 8])[:, None]
    pool, training = pool_of(truth, sample), np.array([False, False, True, True])
    found = beside(pool, training)
    logs = np.log([0.2 / 0.8, 2 / 1, 1 / 4])
    assert found["log_ratio"] == pytest.approx(logs.mean())
    assert found["copies"] == pytest.approx(2 / 3)
    share, error, chance = training_share(pool, training)
    assert share == pytest.approx(2 / 3)
    # Times nearest 0, 1/3, 1/3, 1/3: all six choices of two give 1/3 or 2/3, three times each.
    assert error == pytest.approx(1 / 6)
    assert chance == pytest.approx(0.1587, abs=1e-4)


def test_the_nearest_beyond_those_known_is_at_least_the_last() -> None:
    pool = Pool(np.array([[1.0, 2.0]]), np.array([[0, 1]]))
    assert pool.nearest(np.array([[False, False]])) == [2.0]
    assert pool.nearest(np.array([[False, True]])) == [2.0]


def test_error_of_the_share_is_right() -> None:
    """Honest samples of 400 against 400 + 400: the pull has width 1, although neighbours share."""
    pulls = []
    for seed in range(150):
        x = np.random.default_rng(seed).normal(size=(1200, 4))
        share, error, _ = training_share(pool_of(x[:800], x[800:]), np.arange(800) < 400)
        pulls.append((share - 0.5) / error)
    assert np.sqrt(np.mean(np.square(pulls))) == pytest.approx(1, abs=0.15)


@pytest.mark.slow
def test_pvalues_of_exchanged_kinds() -> None:
    """Uniform where truth and sample are alike; rank of the observed among the exchanged."""
    assert pvalue(2.0, np.array([1.0, 2, 3])) == 3 / 4
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        pool = pool_of(rng.normal(size=(120, 3)))
        observed, null = permuted(within, pool, np.arange(120) < 60, rng)
        found.append(pvalue(observed["ks"], null["ks"]))
    assert np.mean(found) == pytest.approx(0.5, abs=0.12)
    assert np.mean(np.array(found) < 0.1) < 0.22
