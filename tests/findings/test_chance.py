"""Is nothing found where nothing is wrong?"""

from __future__ import annotations

import numpy as np
import pytest
from faults import NOTHING, made
from scipy.stats import binom

from ultimetric.findings.diagnosis import diagnose
from ultimetric.findings.ratio import ratio_tests


@pytest.mark.slow
def test_chance_of_any_false_finding() -> None:
    """Weights of a network that followed noise: functions of the observables, and of nothing."""
    runs, found = 200, 0
    for seed in range(runs):
        truth, sample = made(NOTHING, 400, 500, seed)
        for one in (truth, sample):
            one.w[:] = np.exp(0.5 * one.values["copy_0"] + 0.5 * one.values["c_4"] - 0.25)
        found += bool(diagnose(truth, sample, seed))
    assert found <= binom.ppf(0.995, runs, 0.05)


@pytest.mark.slow
def test_pvalues_of_equal_showers_are_even() -> None:
    """Neither too small, nor so large that nothing would ever be found."""
    found: dict[str, list[float]] = {}
    for seed in range(200):
        tests = ratio_tests(*made(NOTHING, 500, 400, seed), np.random.default_rng(seed))
        for name, test in tests.items():
            found.setdefault(name, []).append(test.pvalue)
    for level in (0.01, 0.05, 0.5):
        for name, pvalues in found.items():
            below = (np.array(pvalues) < level).sum()
            assert binom.sf(below - 1, 200, level) > 1e-4, (name, level, below)
            # Bonferroni and whole numbers at the ends cost something at 0.5, where nobody cares.
            assert level == 0.5 or binom.cdf(below, 200, level) > 1e-4, (name, level, below)
