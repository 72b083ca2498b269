"""Which weights may be read as likelihood ratios?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from given import rows_of
from normals import TEST, given_weights, weights
from plain import tables_of
from scipy.stats import binom

from ultimetric.analyses.classifier import WEIGHTED, ClassifierTest
from ultimetric.classifiers.checks import (
    LEAST_EFFECTIVE,
    LEVEL,
    UNTRUSTED,
    effective_share,
    weights_pvalue,
)
from ultimetric.classifiers.weights import Side, Weights, read_weights, write_weights
from ultimetric.kinds.showers.kind import Showers

N = 1000


def normals(shift: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Exact log w of two normal distributions, and labels (2 N,)."""
    label = np.repeat([1, 0], N)
    x = np.random.default_rng(seed).normal(size=2 * N) + shift * label
    return shift * x - shift**2 / 2, label


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.1, 1.0, 3.0])
def test_exact_weights_pass(shift: float) -> None:
    pvalues = [weights_pvalue(*normals(shift, seed), seed) for seed in range(60)]
    assert np.sum(np.array(pvalues) < 0.05) <= binom.ppf(0.999, 60, 0.05)
    assert min(pvalues) > LEVEL


@pytest.mark.parametrize("factor", [0.5, 1.6])
def test_too_small_and_too_large_weights_fail(factor: float) -> None:
    logit, label = normals(1.5, 1)
    assert weights_pvalue(factor * logit, label, 1) < LEVEL


@pytest.mark.parametrize("side", [0, 1])
def test_one_impossible_weight_fails(side: int) -> None:
    """The mean of w (or of 1/w) is 1e9, by one shower that the calibration error cannot see."""
    logit, label = normals(1.0, 2)
    sign = 1 if side == 0 else -1
    logit[np.flatnonzero(label == side)[0]] = sign * np.log(1e9 * N)
    assert weights_pvalue(logit, label, 1) < LEVEL


def test_weights_near_1_are_not_tested() -> None:
    """A classifier that learned nothing has nothing to calibrate, whatever its ties give."""
    _, label = normals(0.0, 3)
    assert weights_pvalue(np.log(np.where(label == 1, 0.981, 1.019)), label, 1) == 1
    assert weights_pvalue(np.zeros(2 * N), label, 1) == 1
    assert weights_pvalue(np.log(np.where(label == 1, 0.7, 1.4)), label, 1) < LEVEL


@pytest.mark.parametrize("value", [-np.inf, np.inf])
def test_weights_of_0_or_infinity_fail(value: float) -> None:
    assert weights_pvalue(np.full(2 * N, value), np.repeat([1, 0], N), 1) < LEVEL


def test_one_shower_of_a_kind() -> None:
    assert 0 < weights_pvalue(np.array([0.5, -0.5, 0.1]), np.array([1, 0, 0]), 1) <= 1
    assert weights_pvalue(np.array([0.5]), np.array([1]), 1) == 1


def test_effective_share() -> None:
    assert effective_share(np.array([1.0, 1.0, 0.0, 0.0])) == 0.5
    assert effective_share(np.array([1e300, 1e300, 0.0, 0.0])) == 0.5
    assert effective_share(np.array([np.inf, 1.0, 1.0, 1.0])) == 0.25
    assert effective_share(np.zeros(3)) == 0


def with_weights(found: Weights, of_sample: np.ndarray) -> Weights:
    side: Side = replace(found.sample, w=of_sample, logit=np.log(of_sample))
    return replace(found, sample=side)


def test_few_effective_showers_are_not_trusted_however_calibrated(eplus: Showers) -> None:
    found = weights(1.0, 1)
    assert found.calibrated and found.trusted
    w = np.full(800, 1e-6)
    w[:2] = 400
    few = with_weights(found, w)
    assert few.calibrated and not few.trusted
    assert effective_share(w) < LEAST_EFFECTIVE
    rows = rows_of(ClassifierTest({}), given_weights(few, eplus))
    assert {name for name, row in rows.items() if UNTRUSTED in row.note} == set(WEIGHTED)
    rows = rows_of(ClassifierTest({}), given_weights(found, eplus))
    assert not any(UNTRUSTED in row.note for row in rows.values())


def test_the_table_shows_what_the_rows_say(eplus: Showers) -> None:
    found = weights(1.0, 1)
    for pvalue, marks in ((1e-4, "‡"), (0.04, "")):
        given = given_weights(replace(found, pvalue=pvalue), eplus)
        (table,) = tables_of(ClassifierTest, ClassifierTest({}).result(given).table)
        assert [cell.marks for cell in table.lines[0].cells[0]] == [marks, marks]


def test_the_pvalue_is_kept(tmp_path: Path) -> None:
    write_weights(tmp_path / "w.hdf5", {TEST: replace(weights(1.0, 1), pvalue=0.04)})
    assert read_weights(tmp_path / "w.hdf5", *TEST).pvalue == 0.04


def test_rows_of_degenerate_weights(eplus: Showers) -> None:
    """All weights 0, infinite or 1 give rows, and infinite numbers no error."""
    found = weights(0.5, 1)
    for value in (0.0, np.inf, 1.0):
        with np.errstate(divide="ignore"):
            sides = [
                replace(
                    one, w=np.full_like(one.w, value), logit=np.full_like(one.w, np.log(value))
                )
                for one in (found.truth, found.sample)
            ]
        pvalue = weights_pvalue(np.concatenate([x.logit for x in sides]), found.label, 1)
        same = replace(found, truth=sides[0], sample=sides[1], pvalue=pvalue)
        with np.errstate(invalid="ignore"):
            rows = rows_of(ClassifierTest({}), given_weights(same, eplus))
        assert same.trusted == (value == 1)
        assert rows["mean_w_sample"].value == value
        assert np.isnan(rows["largest_w_share"].value) == (value != 1)
