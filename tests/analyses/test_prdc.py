"""Precision, recall, density and coverage: the definition, extreme samples, and errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from given import given_of, rows_of
from points import correlated, normal, numbers_of, pulls

from ultimetric.analyses.joint import Points
from ultimetric.analyses.prdc import Prdc
from ultimetric.errors import UserError
from ultimetric.kinds.showers.kind import Showers

METRICS = ["precision", "recall", "density", "coverage"]


def definition(truth: np.ndarray, sample: np.ndarray, k: int) -> dict[str, float]:
    """From the formulas of arXiv:2002.09797, with all distances in memory."""

    def distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.linalg.norm(x[:, None] - y[None], axis=-1)

    # The nearest point is the point itself.
    reach = [np.sort(distances(x, x), axis=1)[:, k] for x in (truth, sample)]
    between = distances(truth, sample)
    in_truth, in_sample = between < reach[0][:, None], between < reach[1]
    return {
        "precision": in_truth.any(0).mean(),
        "recall": in_sample.any(1).mean(),
        "density": in_truth.sum(0).mean() / k,
        "coverage": (between.min(1) < reach[0]).mean(),
    }


# What prdc.compute_prdc of the package prdc 0.2 gives for `correlated()` and 5 neighbours.
PRDC = {"precision": 0.624, "recall": 0.995, "density": 0.3988, "coverage": 0.68}


def test_the_definition_and_the_package_prdc() -> None:
    truth, sample = correlated()
    found = numbers_of(Prdc({"standardise": False}), truth, sample)
    assert list(found) == METRICS
    assert {name: x.value for name, x in found.items()} == pytest.approx(PRDC)
    expected = definition(truth.values.astype(float), sample.values.astype(float), 5)
    assert {name: x.value for name, x in found.items()} == pytest.approx(expected)


@pytest.mark.parametrize("k", [1, 8])
def test_in_units_of_the_truth(k: int) -> None:
    truth, sample = normal(1, 200, 3, 0.7)
    wide = np.array([1, 100, 0.01], np.float32)
    scaled = [Points(x.values * wide + 5) for x in (truth, sample)]
    found = numbers_of(Prdc({"k": k}), *scaled)
    unit = truth.values.std(0, dtype=float)
    expected = definition(truth.values / unit, sample.values / unit, k)
    for name, number in found.items():
        assert number.value == pytest.approx(expected[name], abs=0.006), name


def test_a_collapsed_sample_is_precise_and_recalls_nothing() -> None:
    truth, sample = normal(2, 300, 4)
    centre = replace(sample, values=np.zeros_like(sample.values) + np.float32(0.01))
    found = numbers_of(Prdc({}), truth, centre)
    assert found["precision"].value == 1
    assert found["recall"].value == 0
    assert found["coverage"].value < 0.3


def test_a_sample_elsewhere_has_nothing() -> None:
    truth, sample = normal(3, 200, 3, 50.0)
    values = {name: x.value for name, x in numbers_of(Prdc({}), truth, sample).items()}
    assert values == dict.fromkeys(METRICS, 0)


def test_without_differences_density_is_one() -> None:
    found = numbers_of(Prdc({}), *normal(4, 2000, 5))
    assert found["density"].value == pytest.approx(1, abs=4 * found["density"].error)
    assert found["precision"].value == pytest.approx(found["recall"].value, abs=0.03)


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_errors_are_the_spread_over_independent_pairs(shift: float) -> None:
    """In many dimensions; in few they are too large by up to a factor of two."""
    pairs = [normal(seed, 200, 20, shift) for seed in range(40)]
    for name in METRICS:
        assert pulls(Prdc({}), name, pairs) == pytest.approx(0.85, abs=0.35), name


def test_groups_count_as_one() -> None:
    """Points that are grouped along the shift are inside or outside together."""
    truth, sample = normal(5, 400, 3, 2.0)
    grouped = [
        Points(x.values[np.argsort(x.values[:, 0])], np.arange(400) // 20 + first)
        for x, first in ((truth, 0), (sample, 100))
    ]
    plain = [replace(x, group=None) for x in grouped]
    alone, together = numbers_of(Prdc({}), *plain), numbers_of(Prdc({}), *grouped)
    assert together["precision"].value == alone["precision"].value
    assert together["precision"].error > 1.3 * alone["precision"].error


def test_too_few_entries() -> None:
    with pytest.raises(UserError, match="prdc: 5 neighbours need more than 5 entries of each set"):
        numbers_of(Prdc({}), *normal(6, 5, 2))


def test_some_entries_of_a_sorted_sample(eplus: Showers) -> None:
    """Half of the sample covers as much of the truth as before, in whatever order it comes."""
    rows = np.argsort(eplus.condition[150:400, 0]) + 150
    options = {"inputs": "energies", "events": 125}
    for order in (rows, rows[::-1]):
        found = rows_of(Prdc(options), given_of(eplus[:150], eplus[order]))
        assert found["recall"].value > 0.7


def test_rows_of_showers(eplus: Showers) -> None:
    options = {"inputs": "normalised", "events": 100, "standardise": False}
    found = rows_of(Prdc(options), given_of(eplus[:150], eplus[150:400]))
    assert list(found) == METRICS
    row = found["coverage"]
    assert (row.method, row.inputs, row.n_test) == ("prdc", "normalised", 200)
    assert row.error == row.error_test > 0
    assert row.note == "balls to neighbour 5; 100 entries"
