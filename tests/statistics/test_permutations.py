"""Exchanged labels of truth and sample: equally likely, whole groups, pairs swapped."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from ultimetric.statistics.permutations import permuted_labels

RNG = np.random.default_rng(1)


def times(labels: np.ndarray) -> dict[tuple[bool, ...], int]:
    rows, numbers = np.unique(labels, axis=0, return_counts=True)
    return dict(zip(map(tuple, rows.tolist()), numbers.tolist(), strict=True))


def test_all_choices_of_the_truth_are_equally_likely() -> None:
    found = times(permuted_labels(np.array([True, True, False, False]), 6000, RNG))
    assert len(found) == 6
    assert all(sum(row) == 2 for row in found)
    assert chisquare(list(found.values())).pvalue > 0.01


def test_groups_of_one_class_are_exchanged_as_a_whole() -> None:
    truth = np.array([True, True, True, False, False])
    found = times(permuted_labels(truth, 3000, RNG, np.array([5, 5, 7, 9, 9])))
    # Two of the three groups are of the truth.
    expected = {(1, 1, 1, 0, 0), (1, 1, 0, 1, 1), (0, 0, 1, 1, 1)}
    assert {tuple(map(int, row)) for row in found} == expected
    assert chisquare(list(found.values())).pvalue > 0.01


def test_pairs_are_swapped_or_not() -> None:
    """Two showers with their faulty copies, and two single ones."""
    truth = np.array([True, True, True, False, False, False])
    found = permuted_labels(truth, 4000, RNG, np.array([0, 1, 2, 0, 1, 3]))
    assert (found[:, :2] ^ found[:, 3:5]).all()
    assert (found[:, 2] ^ found[:, 5]).all()
    # Three independent swaps.
    counts = list(times(found).values())
    assert len(counts) == 8
    assert chisquare(counts).pvalue > 0.01


@pytest.mark.parametrize("group", [None, np.arange(20) // 3])
def test_no_class_is_ever_empty(group: np.ndarray | None) -> None:
    truth = np.arange(20) < 3
    found = permuted_labels(truth, 200, RNG, group)
    assert found.any(1).all()
    assert not found.all(1).any()
