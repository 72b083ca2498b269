"""Kolmogorov-Smirnov tests of observables: against scipy, Holm's correction, related entries."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from given import given_of, rows_of
from scipy.stats import ks_2samp, kstest

from ultimetric.analyses.ks import Ks, ks_pvalues
from ultimetric.kinds.showers.kind import Showers
from ultimetric.observed import compute


def test_agrees_with_scipy(eplus: Showers) -> None:
    truth, sample = eplus[:400], eplus[400:1000]
    found = rows_of(Ks({}), given_of(truth, sample))
    tables = compute(truth), compute(sample)
    for name in tables[0]:
        expected = ks_2samp(*(table[name] for table in tables), method="asymp")
        row = found[f"ks:{name}"]
        assert row.value == pytest.approx(expected.statistic, abs=1e-12)
        assert row.note == f"p = {expected.pvalue:.2g}; 100 bootstrap replicas"
        assert row.error > 0
        assert row.n_test == 1000
        assert found[f"ks_pvalue:{name}"].value >= min(1, expected.pvalue) * (1 - 1e-9)


def test_one_observable_that_differs(eplus: Showers) -> None:
    """All showers a bit longer in depth: the smallest p, corrected, is that of the depth."""
    truth, sample = eplus[:600], eplus[600:1200]
    brighter = sample.voxels.copy()
    brighter[:, truth.geometry.slices[2]] *= np.float32(3)
    found = rows_of(Ks({}), given_of(truth, replace(sample, voxels=brighter)))
    observables = truth.kind.observables
    n_observables = len(observables)
    smallest, largest = found["ks_smallest_pvalue"], found["ks_largest"]
    pvalues = {k: x.value for k, x in found.items() if k.startswith("ks_pvalue:")}
    assert smallest.value == min(pvalues.values()) < 1e-6
    assert smallest.note.endswith(f"; {n_observables} observables")
    assert largest.value == max(x.value for k, x in found.items() if k.startswith("ks:"))
    (name,) = (name for name, x in observables.items() if x.words == largest.note)
    assert largest.value == found[f"ks:{name}"].value
    assert "2" in name
    # Holm: the smallest p times the number of tests.
    tables = compute(truth), compute(replace(sample, voxels=brighter))
    p = ks_2samp(*(table[name] for table in tables), method="asymp").pvalue
    assert found[f"ks_pvalue:{name}"].value == pytest.approx(p * n_observables, rel=1e-6)


def test_related_entries_count_as_one() -> None:
    """Each of 100 and 60 entries 10 times: p as for 100 and 60 entries."""
    distance = np.array([0.1, 0.2])
    groups = np.repeat(np.arange(100), 10), np.repeat(np.arange(60), 10)
    found = ks_pvalues(distance, (1000, 600), groups)
    np.testing.assert_allclose(found, ks_pvalues(distance, (100, 60)))
    assert (found > 10 * ks_pvalues(distance, (1000, 600))).all()


def test_p_values_are_even() -> None:
    rng = np.random.default_rng(1)
    pairs = [(rng.normal(size=300), rng.normal(size=200)) for _ in range(200)]
    distances = np.array([ks_2samp(*pair).statistic for pair in pairs])
    assert kstest(ks_pvalues(distances, (300, 200)), "uniform").pvalue > 0.01


def test_nothing_differs(eplus: Showers) -> None:
    found = rows_of(Ks({}), given_of(eplus[:800], eplus[800:1600]))
    assert found["ks_smallest_pvalue"].value > 0.01
