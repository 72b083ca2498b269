"""The maximum mean discrepancy of inputs: its error, its p-value and groups."""

from __future__ import annotations

import numpy as np
import pytest
from points import normal, numbers_of, pulls

from ultimetric.analyses.joint import Points
from ultimetric.analyses.mmd import Mmd


@pytest.mark.parametrize("shift", [0.0, 0.2])
def test_the_error_is_the_spread_over_independent_pairs(shift: float) -> None:
    pairs = [normal(seed, 300, 4, shift) for seed in range(60)]
    assert pulls(Mmd({"permutations": 50}), "mmd", pairs) == pytest.approx(0.9, abs=0.3)


def test_a_difference_is_seen() -> None:
    found = numbers_of(Mmd({}), *normal(1, 400, 3, 0.3))
    assert found["mmd_pvalue"].value == 1 / 200
    assert found["mmd"].value > found["mmd"].error
    assert found["mmd"].note == "p = 0.005; 400 entries; 199 permutations"


def test_p_values_without_a_difference_are_even() -> None:
    options = {"permutations": 39}
    chances = [numbers_of(Mmd(options), *normal(s, 60, 2))["mmd_pvalue"].value for s in range(120)]
    assert np.mean(np.array(chances) <= 0.25) == pytest.approx(0.25, abs=0.12)
    assert np.mean(chances) == pytest.approx(0.51, abs=0.09)


def test_copies_of_few_entries_are_no_evidence() -> None:
    """Each of 30 entries ten times: without groups p is small, with groups it need not be."""
    chances: dict[bool, list[float]] = {False: [], True: []}
    for seed in range(12):
        few = normal(seed, 30, 2)
        labels = (np.arange(30), np.arange(30, 60))
        for known in (False, True):
            sets = [
                Points(np.repeat(x.values, 10, axis=0), np.repeat(group, 10) if known else None)
                for x, group in zip(few, labels, strict=True)
            ]
            chance = numbers_of(Mmd({"permutations": 39}), *sets)["mmd_pvalue"].value
            chances[known].append(chance)
    assert np.median(chances[False]) < 0.05
    assert 0.2 < np.median(chances[True]) < 0.8
