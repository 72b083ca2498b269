"""Statistics of sums by blocks: errors and p-values against closed forms; groups."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from ultimetric.statistics.additive import Blocks

N, M = 1200, 600


def mean_difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """|mean of truth - mean of sample| and the sum of all, from numbers and sums."""
    return np.array([abs(first[1] / first[0] - second[1] / second[0]), first[1] + second[1]])


def distances(
    values: np.ndarray, blocks: Blocks, rng: np.random.Generator, replicas: int = 2
) -> np.ndarray:
    """Found, of replicas, and for 199 exchanged labels."""
    rows = np.stack([np.ones(len(values)), values], axis=1)
    sums = np.zeros((len(blocks), 2))
    np.add.at(sums, blocks.part, rows)
    return blocks.distances(sums, mean_difference, replicas, 199, rng)


def test_blocks_are_even_and_of_one_set() -> None:
    truth = np.arange(N + M) < N
    blocks = Blocks.of(truth, np.random.default_rng(1))
    np.testing.assert_array_equal(blocks.truth[blocks.part], truth)
    assert np.unique(np.bincount(blocks.part)).tolist() == [12]
    assert (blocks.truth.sum(), (~blocks.truth).sum()) == (100, 50)


def test_groups_are_not_divided() -> None:
    """Pairs of truth and sample, groups of three within both sets, single entries."""
    truth = np.arange(N + M) < N
    group = np.arange(N + M)
    group[N : N + 200] = np.arange(200)
    group[300:600] = 300 + np.arange(300) // 3 * 3
    group[N + 300 :] = N + 300 + np.arange(M - 300) // 3 * 3
    blocks = Blocks.of(truth, np.random.default_rng(1), group)
    for one in np.unique(group):
        assert len(set(blocks.block[blocks.part[group == one]])) == 1
    paired = blocks.block[blocks.part[N : N + 200]]
    assert not set(paired) & set(blocks.block[blocks.part[200:N]])
    np.testing.assert_array_equal(blocks.truth[blocks.part], truth)


def test_the_error_is_that_of_means() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(np.where(np.arange(N + M) < N, 1, 0), 2)
    blocks = Blocks.of(np.arange(N + M) < N, rng)
    found = distances(values, blocks, rng, 400)
    assert found[0, 0] == pytest.approx(abs(values[:N].mean() - values[N:].mean()))
    assert found[0, 1] == pytest.approx(values.sum())
    assert found[1:401, 0].std() == pytest.approx(2 * np.sqrt(1 / N + 1 / M), rel=0.25)
    # Exchanged labels have all entries.
    np.testing.assert_allclose(found[401:, 1], values.sum())


@pytest.mark.parametrize("copies", [1, 4])
def test_p_values_are_even(copies: int) -> None:
    """Also if each entry is there several times, as a group."""
    rng, chances = np.random.default_rng(3), []
    truth = np.repeat(np.arange(150) < 90, copies)
    for _ in range(150):
        group = np.repeat(np.arange(150), copies)
        values = np.repeat(rng.normal(size=150), copies)
        found = distances(values, Blocks.of(truth, rng, group), rng)[:, 0]
        chances.append(np.mean(found[3:] >= found[0]))
    assert kstest(chances, "uniform").pvalue > 0.01
