"""The fit of a Gaussian to a histogram recovers mean and width, and its errors hold."""

from __future__ import annotations

import numpy as np
import pytest

from ultimetric.statistics.gaussian_fit import FEWEST, fitted

EDGES = np.linspace(-5, 5, 51)


def test_errors_cover_the_truth() -> None:
    pulls = []
    for seed in range(200):
        values = np.random.default_rng(seed).normal(0.3, 0.9, 3000)
        fit = fitted(values, EDGES)
        pulls.append(((fit.mean - 0.3) / fit.mean_error, (fit.width - 0.9) / fit.width_error))
    assert np.sqrt(np.mean(np.square(pulls), 0)) == pytest.approx([1, 1], abs=0.2)


def test_tails_outside_of_the_edges_decide_nothing() -> None:
    core = np.random.default_rng(1).normal(0, 1, 5000)
    far = np.r_[core, np.full(500, 40.0), np.nan, -np.inf]
    assert fitted(far, EDGES) == fitted(core[np.abs(core) <= 5], EDGES)


def test_too_few_values_have_no_fit() -> None:
    assert np.isnan(fitted(np.zeros(FEWEST - 1), EDGES)).all()
