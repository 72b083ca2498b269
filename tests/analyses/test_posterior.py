"""Spreads of densities in a posterior, and pulls of weights, in cases known in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from drawing import make_weights
from given import dataset_of, sample_of

from ultimetric.analyses.given import Given
from ultimetric.analyses.posterior import Posterior
from ultimetric.analyses.pulls import LOG_SPREAD, SPREAD, pulls, spreads
from ultimetric.errors import UserError
from ultimetric.kinds.vectors.kind import VectorKind

N, DRAWS, SIGMA = 4000, 60, 0.2


class Kind(VectorKind):
    """Vectors whose files have log densities."""

    stored: np.ndarray | None = None

    def log_densities(self, path: str | Path) -> np.ndarray | None:
        return self.stored


@dataclass
class Uncertain:
    """A density that is uncertain by SIGMA in its logarithm, and the truth within that."""

    log_densities: np.ndarray
    log_w: np.ndarray


@pytest.fixture(scope="module")
def uncertain() -> Uncertain:
    rng = np.random.default_rng(1)
    level = rng.normal(-40, 3, (N, 1))
    draws = level + rng.normal(0, SIGMA, (N, DRAWS))
    return Uncertain(draws, rng.normal(0, SIGMA, N))


def given_of(kind: Kind, log_w: np.ndarray) -> Given:
    events = kind.entries(np.empty((N, 0)), np.zeros((N, 1), np.float32))
    weights = make_weights(np.zeros(N), log_w, calibrated=True)
    sample = sample_of("mine", events, {("dnn", "vector"): weights}, paths={"events": Path("x")})
    return Given({"d": dataset_of("d", events, sample)}, seed=1)


def test_spreads_of_log_normal_densities(uncertain: Uncertain) -> None:
    relative, log = spreads(uncertain.log_densities)
    # Mean and variance of a log-normal number give sigma / mu = sqrt(exp(s^2) - 1).
    assert relative.mean() == pytest.approx(np.sqrt(np.expm1(SIGMA**2)), rel=0.02)
    assert log.mean() == pytest.approx(SIGMA, rel=0.02)
    shifted = spreads(uncertain.log_densities + 900)
    np.testing.assert_allclose(shifted[0], relative, rtol=1e-9)


def test_pulls_of_weights_are_those_of_the_density(uncertain: Uncertain) -> None:
    side = make_weights(np.zeros(N), uncertain.log_w, calibrated=True).sample
    relative, log = spreads(uncertain.log_densities)
    found = pulls(side, relative, log)
    mu = np.exp(uncertain.log_densities).mean(1)
    sigma = np.exp(uncertain.log_densities).std(1, ddof=1)
    np.testing.assert_allclose(found.linear, (side.w * mu - mu) / sigma, rtol=1e-6)
    np.testing.assert_allclose(found.logarithmic, np.log(side.w) / log, rtol=1e-6)


def test_a_posterior_that_covers_the_weights_has_pulls_of_width_one(uncertain: Uncertain) -> None:
    kind = Kind({})
    kind.stored = uncertain.log_densities
    result = Posterior({}).result(given_of(kind, uncertain.log_w))
    rows = result.table.set_index(["method", "metric"])["value"]
    assert rows["dnn", "log_pull_width"] == pytest.approx(1, abs=0.05)
    assert rows["dnn", "log_pull_mean"] == pytest.approx(0, abs=0.05)
    assert rows["dnn", "pull_width"] == pytest.approx(1, abs=0.1)
    assert rows["posterior", "relative_spread"] == pytest.approx(0.2, abs=0.01)
    assert result.arrays is not None
    assert result.arrays[SPREAD].shape == result.arrays[LOG_SPREAD].shape == (N,)


@pytest.mark.parametrize("stored", [None, np.zeros((N, 1))])
def test_a_file_without_draws_is_refused(stored: np.ndarray | None) -> None:
    kind = Kind({})
    kind.stored = stored
    with pytest.raises(UserError, match="the file of mine has no log densities of two draws"):
        Posterior({}).result(given_of(kind, np.zeros(N)))
