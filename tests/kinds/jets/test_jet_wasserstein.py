"""Wasserstein distances of jets against those of scipy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from given import given_of
from scipy.stats import wasserstein_distance

from ultimetric.errors import UserError
from ultimetric.kinds.jets.analyses.jet_wasserstein import CHOSEN, JetWasserstein
from ultimetric.kinds.jets.measures import relative_mass
from ultimetric.kinds.jets.polynomials import GRAPHS, polynomials

from .test_distortions import clouds
from .test_jets import JETS, NUMBERED


def test_distances_are_those_of_scipy() -> None:
    jets = clouds(900)
    truth, sample = jets[:500], jets[500:]
    data = 1.1 * JETS.particles(sample.data)
    given = given_of(truth, replace(sample, data=data.reshape(400, 90)))
    rows = JetWasserstein({"replicas": 20}).result(given).table.set_index(["metric", "observable"])
    first, second = JETS.particles(truth.data).astype(float), data.astype(float)

    expected = wasserstein_distance(relative_mass(first), relative_mass(second))
    assert rows.loc[("w1_mass", ""), "value"] == pytest.approx(expected)

    there = [x[(x != 0).any(2)] for x in (first, second)]
    expected = [wasserstein_distance(there[0][:, k], there[1][:, k]) for k in range(3)]
    found = [rows.loc[("w1_particles", x), "value"] for x in ("eta", "phi", "pt")]
    assert found == pytest.approx(expected)
    assert rows.loc[("w1_particles", ""), "value"] == pytest.approx(np.mean(expected))

    columns = [polynomials(x)[:, [GRAPHS.index(x) for x in CHOSEN]] for x in (first, second)]
    expected = [wasserstein_distance(columns[0][:, k], columns[1][:, k]) for k in range(5)]
    assert rows.loc[("w1_efp", ""), "value"] == pytest.approx(np.mean(expected))
    assert rows.loc[("w1_efp", CHOSEN[2]), "value"] == pytest.approx(expected[2])
    assert (rows["error"] > 0).all()
    # pT is 1.1 times as large, and so is its mean.
    shift = rows.loc[("w1_particles", "pt")]
    assert shift["value"] == pytest.approx(0.1 * there[0][:, 2].mean(), abs=3 * shift["error"])


def test_the_error_is_the_spread_over_independent_jets() -> None:
    shifted = 1.3 * JETS.particles(clouds(8000).data)
    jets = JETS.entries(np.empty((8000, 0)), shifted.reshape(8000, 90))
    values, errors = [], []
    for start in range(0, 8000, 400):
        given = given_of(clouds(8000)[start : start + 200], jets[start + 200 : start + 400])
        rows = JetWasserstein({"replicas": 40}).result(given).table.set_index("metric")
        found = rows[rows["observable"] == "pt"].loc["w1_particles"]
        values.append(found["value"])
        errors.append(found["error"])
    assert np.mean(errors) == pytest.approx(np.std(values, ddof=1), rel=0.5)


def test_entries_without_particles_are_refused() -> None:
    numbers = NUMBERED.entries(np.empty((10, 0)), np.ones((10, 7), np.float32))
    with pytest.raises(UserError, match="entries with numbers only have no particles"):
        JetWasserstein({}).result(given_of(numbers, numbers))
