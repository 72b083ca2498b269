"""Distance of correlation matrices: against numpy, by hand, errors and p-values."""

from __future__ import annotations

import numpy as np
import pytest
from given import given_of, rows_of
from scipy.stats import kstest

from ultimetric.analyses.correlation_distance import CorrelationDistance
from ultimetric.events import Entries
from ultimetric.kinds.showers.kind import Showers
from ultimetric.kinds.vectors.kind import VectorKind
from ultimetric.observed import compute

PART = {"plugin": "ultimetric.kinds.vectors.observables"}
METRIC = "correlation_distance"


def vectors(seed: int, n: int, correlation: float = 0.0) -> Entries:
    """Normal pairs of numbers with a correlation."""
    x = np.random.default_rng(seed).normal(size=(n, 2))
    x[:, 1] = correlation * x[:, 0] + np.sqrt(1 - correlation**2) * x[:, 1]
    kind = VectorKind({"dimensions": 2}, {"observables": [PART]})
    return kind.entries(np.empty((n, 0)), x.astype(np.float32))


def test_agrees_with_numpy(eplus: Showers) -> None:
    """Also where an observable is constant in one set."""
    truth, sample = eplus[:500], eplus[500:900]
    deep = truth[truth.layer_energies[:, 2] > 0]
    for first, second in ((truth, sample), (deep, sample)):
        found = rows_of(CorrelationDistance({}), given_of(first, second))
        matrices = []
        for events in (first, second):
            table = np.stack(list(compute(events).values()))
            with np.errstate(invalid="ignore", divide="ignore"):
                correlation = np.corrcoef(table)
            correlation[:, np.ptp(table, axis=1) == 0] = 0
            correlation[np.ptp(table, axis=1) == 0] = 0
            np.fill_diagonal(correlation, 1)
            matrices.append(correlation)
        norm, size = np.linalg.norm(matrices[0] - matrices[1]), len(matrices[0])
        assert found[METRIC].value == pytest.approx(norm, rel=1e-5)
        rms = norm / np.sqrt(size * (size - 1))
        assert found["correlation_difference"].value == pytest.approx(rms, rel=1e-5)


def test_two_correlations_by_hand() -> None:
    """Of both components, and of each with the component along the diagonal."""
    found = rows_of(CorrelationDistance({}), given_of(vectors(1, 20_000, 0.6), vectors(2, 20_000)))
    # x_1, x_2: 0.6 and 0; x_k with (x_1 + x_2) / sqrt(2): sqrt((1 + rho) / 2); lengths: 0.
    along = np.sqrt(0.8) - np.sqrt(0.5)
    assert found[METRIC].value == pytest.approx(np.sqrt(2 * (0.36 + 2 * along**2)), abs=0.03)
    assert found[f"{METRIC}_pvalue"].value == 1 / 200


def test_the_error_is_the_spread_over_independent_pairs() -> None:
    pairs = [(vectors(2 * k, 500, 0.6), vectors(2 * k + 1, 400)) for k in range(40)]
    analysis = CorrelationDistance({"permutations": 2})
    rows = [rows_of(analysis, given_of(*pair))[METRIC] for pair in pairs]
    spread = np.std([x.value for x in rows], ddof=1)
    assert spread / np.mean([x.error for x in rows]) == pytest.approx(1, abs=0.3)


def test_p_values_without_a_difference_are_even() -> None:
    analysis = CorrelationDistance({"permutations": 49, "replicas": 2})
    chances = [
        rows_of(analysis, given_of(vectors(2 * k, 200, 0.5), vectors(2 * k + 1, 150, 0.5)))
        for k in range(100)
    ]
    values = [x[f"{METRIC}_pvalue"].value for x in chances]
    # They are multiples of 1 / 50.
    spread = np.random.default_rng(1).uniform(0, 1 / 50, 100)
    assert kstest(values - spread, "uniform").pvalue > 0.01
