"""The search for findings: each step by hand or closed form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from faults import KIND, NOTHING, made, population, shifted
from scipy.stats import binom, chi2_contingency, rankdata, spearmanr

from ultimetric.findings.candidates import candidates, products
from ultimetric.findings.cells import (
    bins,
    categories,
    condition_groups,
    even,
    inner_edges,
    nested_bins,
    quantile_ranks,
)
from ultimetric.findings.diagnosis import diagnose
from ultimetric.findings.families import families
from ultimetric.findings.interval import find_interval
from ultimetric.findings.names import unit_of
from ultimetric.findings.population import Population, counted_once
from ultimetric.findings.ratio import LEVELS, RatioTest, mantel_haenszel
from ultimetric.findings.rows import finding_rows
from ultimetric.findings.sentences import details
from ultimetric.findings.table import FINDINGS, read_findings, write_findings
from ultimetric.findings.tails import find_tails
from ultimetric.kinds.showers.kind import Showers
from ultimetric.observed import compute
from ultimetric.statistics.pvalues import holm
from ultimetric.tables import frame_of


def test_related_entries_count_once_whatever_their_order() -> None:
    """Files have the hardest jet of a collision first; a shuffled sample has not."""
    rng = np.random.default_rng(3)
    pairs = np.sort(rng.normal(size=(4000, 2)), axis=1)[:, ::-1].ravel()
    one = Population(np.zeros(8000), {"x": pairs}, np.ones(8000), None)
    groups = np.repeat(np.arange(4000), 2)
    kept = counted_once(one, groups)
    assert len(kept) == 4000
    assert abs(kept.values["x"].mean()) < 4 / np.sqrt(4000)
    rows = rng.permutation(8000)
    assert not diagnose(kept, counted_once(one.among(rows), groups[rows]), 1)
    alone = counted_once(one, np.arange(8000))
    assert np.array_equal(alone.values["x"], pairs)


def test_bins_of_equal_content() -> None:
    x = np.random.default_rng(0).permutation(100).astype(float)
    assert inner_edges(x, even(4), 5).tolist() == [25, 50, 75]
    assert np.bincount(bins(x, even(4), 5)).tolist() == [25, 25, 25, 25]
    # Too few values for the outer bins: they join their neighbours.
    assert inner_edges(x, [0.02, 0.5, 0.98], 5).tolist() == [50]


def test_a_frequent_value_has_its_own_bin() -> None:
    x = np.r_[np.zeros(60), np.arange(1, 41)].astype(float)
    number = bins(x, even(5), 5)
    assert (number[:60] == 0).all()
    assert (number[60:] > 0).all()
    assert (bins(np.ones(50), even(5), 5) == 0).all()


def test_nested_bins_are_bins_of_each_group() -> None:
    x = np.r_[np.arange(10), np.arange(100, 110)].astype(float)
    group = np.repeat([0, 1], 10)
    assert nested_bins(x, group, [0.5], 2).tolist() == np.repeat([0, 1, 2, 3], 5).tolist()


def test_ranks_are_those_of_each_group() -> None:
    rng = np.random.default_rng(9)
    x, groups = rng.integers(0, 30, 500).astype(float), rng.integers(0, 4, 500)
    found = quantile_ranks(x, groups)
    for k in range(4):
        rows = groups == k
        assert found[rows] == pytest.approx((rankdata(x[rows]) - 0.5) / rows.sum())


def test_categories_follow_the_energy() -> None:
    """What depends on the incident energy alone is spread evenly; frequent values stay apart."""
    energy = np.sort(np.random.default_rng(10).uniform(1, 100, 4000))
    groups, one = condition_groups(energy), np.zeros(4000, dtype=int)
    number = categories(energy**2, groups, one, LEVELS, 20)
    shares = np.bincount(number) / 4000
    assert shares == pytest.approx(np.diff([0, *LEVELS, 1]), abs=0.006)
    assert set(number[:400]) == set(number)
    cut = np.where(energy < 20, 0, energy)
    number = categories(cut, groups, one, LEVELS, 20)
    assert ((number == 0) == (cut == 0)).all()


def test_tails_by_hand() -> None:
    """100 of 1000 sample and 10 of 500 truth showers below 0.1: truth is 5 times rarer."""
    truth = population(np.r_[np.full(10, 0.05), np.full(390, 1.0), np.full(100, 3.0)])
    sample = population(np.r_[np.full(100, 0.05), np.full(850, 1.0), np.full(50, 3.0)])
    low, high = find_tails(truth, sample)
    assert (low.text, high.text) == ("w < 0.1", "w > 2")
    assert low.fraction == pytest.approx(0.1)
    assert low.ratio == pytest.approx(0.2)
    assert high.ratio == pytest.approx(4)
    assert low.confirmed and high.confirmed and low.rarer and not high.rarer
    assert (low.truth.sum(), low.sample.sum()) == (10, 100)
    below = binom.cdf(10, 110, 1 / 3)  # of the 110 inside, a third is truth by chance
    assert below < low.pvalue < 2.5 * below


def test_thin_tails_become_quantiles_of_both_sets() -> None:
    rng = np.random.default_rng(1)
    truth, sample = (population(np.exp(0.1 * rng.normal(size=1000))) for _ in range(2))
    for tail in find_tails(truth, sample):
        assert tail.truth.sum() + tail.sample.sum() == 100
        assert not tail.confirmed
    swapped = find_tails(sample, truth)
    assert [tail.text for tail in swapped] == [tail.text for tail in find_tails(truth, sample)]


def test_a_tail_of_the_wrong_sense_is_not_confirmed() -> None:
    """Truth is three times more frequent where w < 0.1: the weights are wrong."""
    truth = population(np.r_[np.full(300, 0.05), np.full(700, 1.0)])
    sample = population(np.r_[np.full(100, 0.05), np.full(900, 1.0)])
    low = find_tails(truth, sample)[0]
    assert low.pvalue < 1e-6
    assert not low.confirmed


def test_tails_of_meaningless_weights_are_rarely_confirmed() -> None:
    """At most 5 % for both tails together, whatever the numbers of showers."""
    found, runs = 0, 600
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        truth = population(np.exp(rng.normal(size=400)))
        sample = population(np.exp(rng.normal(size=700)))
        found += any(tail.confirmed for tail in find_tails(truth, sample))
    assert found <= binom.ppf(0.995, runs, 0.05)


def test_one_stratum_is_the_contingency_table() -> None:
    """Mantel-Haenszel of one stratum is Pearson's chi-squared times (n-1)/n."""
    rng = np.random.default_rng(4)
    category, label = rng.integers(0, 4, 500), rng.random(500) < 0.3
    label |= category == 2
    one = np.zeros(500, dtype=int)
    table = [np.bincount(category[label == k], minlength=4) for k in (True, False)]
    pearson = chi2_contingency(table, correction=False)
    result = mantel_haenszel(category, one, one, label)
    assert result.dof == 3
    assert result.statistic == pytest.approx(pearson.statistic * 499 / 500)


def test_strata_as_by_mantel_and_haenszel() -> None:
    """Two strata, two categories: (sum of a - E a)^2 / sum of variances."""
    # (truth in 0, truth in 1, sample in 0, sample in 1)
    tables = [(8, 2, 3, 7), (5, 5, 9, 11)]
    rows = [
        (s, c, t)
        for s, table in enumerate(tables)
        for (t, c), count in zip([(1, 0), (1, 1), (0, 0), (0, 1)], table, strict=True)
        for _ in range(count)
    ]
    strata, category, label = np.array(rows).T
    difference = 8 - 10 * 11 / 20 + 5 - 10 * 14 / 30
    variance = 11 * 9 * 10 * 10 / (20**2 * 19) + 14 * 16 * 10 * 20 / (30**2 * 29)
    result = mantel_haenszel(category, np.zeros(len(rows), dtype=int), strata, label == 1)
    assert result.dof == 1
    assert result.statistic == pytest.approx(difference**2 / variance)


def test_an_observable_of_one_value_says_nothing() -> None:
    zero = np.zeros(50, dtype=int)
    result = mantel_haenszel(zero, zero, zero, np.arange(50) < 20)
    assert result == RatioTest(0.0, 0, 1.0)


def test_holm_by_hand() -> None:
    assert holm({"a": 0.02, "b": 0.5, "c": 0.001}) == {"c": 0.003, "a": 0.04, "b": 0.5}
    assert holm({"a": 0.9, "b": 0.8}) == {"b": 1.0, "a": 1.0}


def test_families_are_cliques() -> None:
    """a - b - c is a chain: a and c are not alike enough to be in one family."""
    rng = np.random.default_rng(5)
    z = rng.normal(size=(3, 20_000))
    values = {
        "a": z[0],
        "b": z[0] + 0.35 * z[1],
        "c": z[0] + 0.7 * z[1],
        "minus": -np.exp(z[2]),
        "plus": z[2],
        "constant": np.zeros(20_000),
    }
    assert spearmanr(values["a"], values["b"])[0] > 0.9
    assert spearmanr(values["b"], values["c"])[0] > 0.9
    assert spearmanr(values["a"], values["c"])[0] < 0.9
    found = families(values)
    assert found["a"] != found["c"]
    assert found["b"] in (found["a"], found["c"])
    assert found["minus"] == found["plus"]
    assert len(set(found.values())) == 4
    assert families({"only": z[0]}) == {"only": 1}


def test_where_a_tail_lies() -> None:
    x = np.arange(1000.0)
    below = find_interval(x, x < 100)
    assert (below.low, below.high, below.outside) == (-np.inf, 99.0, False)
    assert (below.tail, below.others) == (1.0, 0.0)
    middle = find_interval(x, (x >= 400) & (x < 500))
    assert (middle.low, middle.high, middle.clarity) == (400.0, 499.0, 1.0)
    ends = find_interval(x, (x < 100) | (x >= 900))
    assert (ends.low, ends.high, ends.outside, ends.clarity) == (100.0, 899.0, True, 1.0)
    nowhere = find_interval(np.zeros(10), np.arange(10) < 5)
    assert (nowhere.low, nowhere.high, nowhere.clarity) == (-np.inf, np.inf, 0.0)


def test_products_of_scores() -> None:
    rng = np.random.default_rng(6)
    n = 20_000
    energy = rng.uniform(1, 100, n)
    z = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], n)
    values = {"a": np.exp(z[:, 0]), "b": z[:, 1] ** 3, "c": rng.normal(size=n)}
    # What both owe to the incident energy alone is no correlation.
    values |= {"d": energy + rng.normal(size=n), "e": energy + rng.normal(size=n)}
    found = products(values, [("a", "b"), ("a", "c"), ("d", "e")], condition_groups(energy))
    assert found["a x b"].mean() == pytest.approx(0.5, abs=0.02)
    assert found["a x c"].mean() == pytest.approx(0, abs=0.03)


def looked_at(truth: Showers, sample: Showers, n_values: int) -> tuple[dict, dict]:
    return candidates(truth, sample, compute(truth), compute(sample), n_values)


def test_candidates_do_not_know_the_labels(eplus: Showers) -> None:
    """Which set a shower is in changes nothing of its values."""
    first, second = looked_at(eplus[:600], eplus[600:1500], 10)
    joined, swapped = looked_at(eplus[600:1500], eplus[:600], 10)
    assert list(first) == list(joined)
    for name, x in first.items():
        assert np.allclose(x, swapped[name]), name
        assert np.allclose(second[name], joined[name]), name
    assert sum(name.startswith("voxel") for name in first) == 10
    assert unit_of("E_2", eplus.kind) == unit_of("E_inc", eplus.kind) == "GeV"
    assert {unit_of(name, eplus.kind) for name in first if name.startswith("voxel")} == {"MeV"}


def test_voxels_are_those_that_they_are_called(eplus: Showers) -> None:
    values, _ = looked_at(eplus[:300], eplus[300:600], eplus.geometry.n_voxels)
    images = eplus.geometry.images(eplus.voxels[:300])
    for layer, image in enumerate(images):
        _, phi, eta = image.shape
        assert np.array_equal(values[f"voxel_{layer}_{phi - 1}_0"], image[:, -1, 0])
        assert np.array_equal(values[f"voxel_{layer}_0_{eta - 1}"], image[:, 0, -1])


def test_rows_and_their_table(tmp_path: Path) -> None:
    truth, sample = made(shifted(1, 0.5, ()), 1500, 1500, 1)
    findings = diagnose(truth, sample, 1)
    rows = finding_rows("eplus", "flow", findings, KIND, "More is said.")
    assert [row["rank"] for row in rows] == list(range(1, len(findings) + 1))
    assert rows[0]["observable"].startswith("copy_")
    assert "The same shows in: copy_" in rows[0]["details"]
    assert rows[0]["details"].endswith(". More is said.")
    late = {**rows[0], "rank": 10}
    write_findings(tmp_path / "a.csv", frame_of([late, *rows], FINDINGS))
    write_findings(tmp_path / "b.csv", frame_of([*rows[::-1], late], FINDINGS))
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    found = read_findings(tmp_path / "a.csv")
    assert list(found.columns) == list(FINDINGS) == list(rows[0])
    assert found["sentence"].tolist() == [row["sentence"] for row in [*rows, late]]
    write_findings(tmp_path / "none.csv", frame_of([], FINDINGS))
    assert read_findings(tmp_path / "none.csv").empty


def test_equal_seeds_give_equal_findings() -> None:
    truth, sample = made(shifted(1, 0.5, ()), 800, 800, 2)
    first, second = (finding_rows("e", "s", diagnose(truth, sample, 5), KIND) for _ in range(2))
    assert first == second


def test_blind_weights_leave_the_order_to_the_tests() -> None:
    truth, sample = (replace(x, w=np.ones(1500)) for x in made(shifted(1, 0.5, ()), 1500, 1500, 1))
    findings = diagnose(truth, sample, 1)
    assert findings[0].observable.startswith("copy_")
    assert findings[0].tail is None
    assert findings[0].share == 0
    assert "The weights do not show it: the classifier has missed it." in details(
        findings[0], KIND
    )


def test_no_fault_no_finding() -> None:
    assert diagnose(*made(NOTHING, 800, 800, 3), 1) == []
