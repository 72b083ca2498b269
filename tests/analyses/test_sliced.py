"""Sliced and mean distances: closed forms, errors, p-values, groups."""

from __future__ import annotations

import numpy as np
import pytest
from given import given_of, rows_of
from points import normal, numbers_of, pulls
from scipy.special import gamma
from scipy.stats import kstest, norm

from ultimetric.analyses.joint import Joint, Points
from ultimetric.analyses.mean_ks import MeanKs
from ultimetric.analyses.sliced_ks import SlicedKs
from ultimetric.analyses.sliced_wasserstein import SlicedWasserstein
from ultimetric.kinds.showers.kind import Showers

ALL = {"mean_ks": MeanKs, "sliced_ks": SlicedKs, "sliced_wasserstein": SlicedWasserstein}
FEW = {"permutations": 39, "replicas": 2, "directions": 5}


def quick(name: str) -> Joint:
    """An analysis with few permutations and directions."""
    return ALL[name]({key: FEW[key] for key in FEW.keys() & ALL[name].defaults.keys()})


def test_sliced_wasserstein_of_a_shift_in_closed_form() -> None:
    """W1 along theta is |theta mu|, whose mean over directions is known."""
    size, shift = 5, 2.0
    truth, sample = normal(1, 4000, size, shift)
    options = {"directions": 400, "permutations": 19, "replicas": 3}
    found = numbers_of(SlicedWasserstein(options), truth, sample)
    mean = shift * gamma(size / 2) / (np.sqrt(np.pi) * gamma((size + 1) / 2))
    assert found["sliced_wasserstein"].value == pytest.approx(mean, rel=0.08)
    assert found["sliced_wasserstein_pvalue"].value == 1 / 20
    assert found["sliced_wasserstein_excess"].value > 100
    assert found["sliced_wasserstein"].note == (
        "p = 0.05; 400 directions; 19 permutations; 3 bootstrap replicas"
    )


def test_mean_ks_of_a_shift_in_closed_form() -> None:
    """Of one of four inputs: KS = 2 Phi(shift / 2) - 1 for it, and what chance gives others."""
    truth, sample = normal(2, 5000, 4, 1.5)
    found = numbers_of(MeanKs({}), truth, sample)["mean_ks"]
    # The mean of the Kolmogorov distribution is sqrt(pi / 2) ln 2.
    chance = np.sqrt(np.pi / 2) * np.log(2) * np.sqrt(2 / 5000)
    expected = (2 * norm.cdf(0.75) - 1 + 3 * chance) / 4
    assert found.value == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("name", ALL)
def test_p_values_without_a_difference_are_even(name: str) -> None:
    rng = np.random.default_rng(1)
    chances = [
        numbers_of(quick(name), *normal(seed, 60, 3), seed)[f"{name}_pvalue"].value
        for seed in range(100)
    ]
    # They are multiples of 1 / 40.
    assert kstest(chances - rng.uniform(0, 1 / 40, 100), "uniform").pvalue > 0.01


@pytest.mark.parametrize("name", ALL)
def test_the_error_is_the_spread_over_independent_pairs(name: str) -> None:
    few = {"permutations": 2, "replicas": 50}
    few |= {"directions": 30} if "directions" in ALL[name].defaults else {}
    pairs = [normal(seed, 300, 3, 0.8) for seed in range(40)]
    assert pulls(ALL[name](few), name, pairs) == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize("name", ALL)
def test_copies_of_few_entries_are_no_evidence(name: str) -> None:
    """Each of 30 entries ten times: without groups p is small, with groups it need not be."""
    chances: dict[bool, list[float]] = {False: [], True: []}
    for seed in range(12):
        labels = (np.arange(30), np.arange(30, 60))
        for known in (False, True):
            sets = [
                Points(np.repeat(x.values, 10, axis=0), np.repeat(group, 10) if known else None)
                for x, group in zip(normal(seed, 30, 2), labels, strict=True)
            ]
            chances[known].append(numbers_of(quick(name), *sets)[f"{name}_pvalue"].value)
    assert np.median(chances[False]) < 0.05
    assert 0.2 < np.median(chances[True]) < 0.8


def test_the_same_entries_have_no_distance_and_p_1() -> None:
    """Known to be the same, or not."""
    truth, _ = normal(1, 100, 3)
    for group in (None, np.arange(100)):
        same = Points(truth.values, group)
        found = numbers_of(quick("sliced_ks"), same, same)
        assert found["sliced_ks"].value < 1e-12
        assert found["sliced_ks_pvalue"].value == 1


def test_directions_are_those_of_the_dataset(eplus: Showers) -> None:
    """The seed, the dataset and nothing else decides."""
    truth, options = eplus[:200], {"inputs": "energies"} | FEW
    found = [
        rows_of(SlicedWasserstein(options), given_of(truth, eplus[200:400], names=x, seed=seed))
        for x, seed in ((("a", "b"), 1), (("a", "c"), 1), (("d", "b"), 1), (("a", "b"), 2))
    ]
    values = [x["sliced_wasserstein"].value for x in found]
    assert values[0] == values[1] != values[2]
    assert values[0] != values[3]
    row = found[0]["sliced_wasserstein"]
    assert (row.method, row.inputs, row.n_test) == ("directions", "energies", 400)
    assert found[0]["sliced_wasserstein"].error != found[1]["sliced_wasserstein"].error
