"""The search for findings at the ends of an observable, and what only follows a finding."""

from __future__ import annotations

import numpy as np
import pytest
from faults import KIND
from scipy.special import comb

from ultimetric.findings import diagnosis, ratio
from ultimetric.findings.diagnosis import diagnose
from ultimetric.findings.population import Population
from ultimetric.findings.sentences import details

N = 2000


def populations(seed: int, shift: float) -> tuple[Population, Population]:
    """A shifted observable, another that follows it, and one that is as in truth."""
    rng, sets = np.random.default_rng(seed), []
    for by in (0.0, shift):
        x, z = rng.normal(size=N) + by, rng.normal(size=N)
        values = {"leads": x, "follows": x + rng.normal(size=N), "other": z}
        w = np.exp(shift**2 / 2 - shift * x)
        sets.append(Population(rng.uniform(1, 100, N), values, w, "E_inc"))
    return sets[0], sets[1]


def test_ends_by_hand() -> None:
    """400 showers in one stratum, 200 truth; all 20 of the largest and 10 of the smallest."""
    is_truth = np.zeros(400, dtype=bool)
    is_truth[380:] = is_truth[0:20:2] = is_truth[100:270] = True
    smallest, largest = ratio._end_tests(np.arange(400.0), np.zeros(400, int), is_truth)
    variance = 20 / 4 * (400 - 20) / (400 - 1)  # hypergeometric
    assert largest.statistic == pytest.approx(10**2 / variance)
    assert smallest.statistic == 0
    assert (smallest.dof, largest.dof) == (1, 1)
    # All 20 of 400 are of the 200, either way round.
    assert largest.pvalue == pytest.approx(
        2 * comb(200, 20, exact=True) / comb(400, 20, exact=True)
    )
    assert smallest.pvalue == 1


def test_a_value_of_many_showers_is_no_end() -> None:
    values = np.maximum(np.arange(400.0) - 200, 0)
    (largest,) = ratio._end_tests(values, np.zeros(400, int), np.arange(400) % 2 == 0)
    assert largest.pvalue > 0.05


def test_a_rare_tail_is_found() -> None:
    """1.5 % of truth lie beyond all of the sample, which no quantile bin holds apart."""
    rng = np.random.default_rng(4)
    sets = [
        Population(rng.uniform(1, 100, N), {"x": rng.normal(size=N)}, np.ones(N), "E_inc")
        for _ in "ab"
    ]
    sets[0].values["x"][:30] = 10 + rng.random(30)
    assert ratio.ratio_tests(*sets, rng)["x"].pvalue < 1e-4


def test_what_follows_is_flat_where_the_leader_is_alike() -> None:
    """The p-values of what follows are even, those of what leads stay small."""
    follows, leads = [], []
    for seed in range(20):
        sets = populations(seed, 0.3)
        rng = np.random.default_rng(seed)
        follows.append(ratio.tests_given(*sets, "leads", ["follows"], rng)["follows"].pvalue)
        leads.append(ratio.tests_given(*sets, "follows", ["leads"], rng)["leads"].pvalue)
    assert np.sum(np.array(follows) < 0.05) <= 4  # binomial: more have a chance of 0.3 %
    assert max(leads) < 0.01


def test_a_follower_is_told_and_is_no_finding() -> None:
    truth, sample = populations(1, 0.4)
    (found,) = diagnose(truth, sample, 1)
    assert found.observable == "leads"
    assert found.followers == ("follows",)
    assert "Among showers alike in leads, these no longer differ: follows." in details(found, KIND)


def test_another_fault_is_no_follower() -> None:
    """Truth has a rare tail in an observable that has nothing to do with the leader."""
    for seed in range(3):
        truth, sample = populations(seed, 0.4)
        truth.values["other"][:30] = 10 + np.random.default_rng(seed).random(30)
        found = diagnose(truth, sample, seed)
        assert [one.observable for one in found] == ["leads", "other"]


def test_a_sample_that_differs_everywhere_has_a_limited_number_of_findings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng, sets = np.random.default_rng(1), []
    for by in (0.0, 1.0):
        values = {f"x_{k}": rng.normal(size=N) + by for k in range(4)}
        sets.append(Population(rng.uniform(1, 100, N), values, np.ones(N), "E_inc"))
    assert len(diagnose(*sets, seed=1)) == 4
    monkeypatch.setattr(diagnosis, "MOST", 2)
    assert len(diagnose(*sets, seed=1)) == 2
