"""Test whether the truth/sample ratio is flat in an observable at equal condition.

The tests do not use weights, so that they hold whatever a classifier has learned.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln
from scipy.stats import chi2, hypergeom

from ultimetric.findings.cells import categories, even, inner_edges
from ultimetric.findings.population import Population, pooled
from ultimetric.kinds.observables import having

# Finer towards the ends, so that a tail that is cut or added is not lost in a wide bin.
LEVELS = (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99)
FEWEST = 20
# Entries of neighbouring condition that are compared with each other only.
STRATUM = 20
# A fault may turn round with the condition: it is also looked for in ranges apart.
ENTRIES_PER_RANGE = 1000
MOST_RANGES = 4


@dataclass(frozen=True)
class RatioTest:
    """Result of one test: chi-squared, its degrees of freedom and p-value."""

    statistic: float
    dof: int
    pvalue: float

    @property
    def log_pvalue(self) -> float:
        """Natural logarithm of the p-value, also where double precision makes it 0."""
        if self.pvalue > 0:
            return float(np.log(self.pvalue))
        half, x = self.dof / 2, self.statistic / 2  # first term for large x
        return float((half - 1) * np.log(x) - x - gammaln(half))


def ratio_tests(
    truth: Population, sample: Population, rng: np.random.Generator
) -> dict[str, RatioTest]:
    """Test the condition, if there is one, and each observable at equal condition.

    An observable is tested among the entries that have it, with differences summed over all
    conditions; if there are enough entries, also in each range of conditions (each class); and
    separately at either end, since the few entries of a rare tail would be lost in any bin.

    Arguments:
        truth, sample: The populations; weights are not used.
        rng: The source of random numbers for the order of entries of exactly equal condition.
    """
    both = pooled(truth, sample)
    is_truth = np.arange(len(both)) < len(truth)
    groups, one = both.groups(), np.zeros(len(both), dtype=np.int64)
    n_ranges = _n_ranges(len(both))
    ranges = both.ranges(even(n_ranges), FEWEST)
    strata = ranges if both.discrete else _strata(both.condition, ranges, rng)
    divisions = _divisions(both, n_ranges, one, ranges)
    tests = {}
    if both.condition_name is not None:
        found = mantel_haenszel(both.ranges(LEVELS, FEWEST), one, one, is_truth)
        tests[both.condition_name] = found
    for name, x in both.values.items():
        tests[name] = _battery(x, groups, divisions, strata, is_truth)
    return tests


def tests_given(
    truth: Population,
    sample: Population,
    known: str,
    names: list[str],
    rng: np.random.Generator,
) -> dict[str, RatioTest]:
    """Test observables at similar condition and similar values of a known observable.

    Observables that differ only because they follow the known one are flat here.

    Arguments:
        truth, sample: The populations; weights are not used.
        known: The name of the known observable.
        names: The names of the observables to test.
        rng: The source of random numbers for the order of entries of exactly equal values.
    """
    both = pooled(truth, sample)
    is_truth = np.arange(len(both)) < len(truth)
    groups, one = both.groups(), np.zeros(len(both), dtype=np.int64)
    n_ranges = _n_ranges(len(both))
    # Of whole groups, so that a stratum lies in one range.
    ranges = groups if both.discrete else groups * n_ranges // (groups.max() + 1)
    divisions = _divisions(both, n_ranges, one, ranges)
    strata = _strata(both.of(known), groups, rng)
    return {name: _battery(both.of(name), groups, divisions, strata, is_truth) for name in names}


def mantel_haenszel(
    category: np.ndarray, ranges: np.ndarray, strata: np.ndarray, is_truth: np.ndarray
) -> RatioTest:
    """Generalised Cochran-Mantel-Haenszel test of general association, summed over ranges.

    In a stratum, the labels are permuted among the entries: numbers of truth per category are
    multivariate hypergeometric. Differences from their means are summed over the strata of a
    range, before they are squared (Landis, Heyman and Koch 1978).

    Arguments:
        category: The bin of the observable (N,).
        ranges: The number of the range of conditions (N,).
        strata: The number of the stratum (N,); each lies in one range.
        is_truth: The label (N,).
    """
    statistic, dof = 0.0, 0
    for k in np.unique(ranges):
        rows = ranges == k
        difference, covariance = _hypergeometric(category[rows], strata[rows], is_truth[rows])
        inverse, rank = _inverse(covariance)
        statistic += float(difference @ inverse @ difference)
        dof += rank
    return RatioTest(statistic, dof, float(chi2.sf(statistic, dof)) if dof else 1.0)


def _n_ranges(n_entries: int) -> int:
    return int(np.clip(n_entries // ENTRIES_PER_RANGE, 1, MOST_RANGES))


def _divisions(
    both: Population, n_ranges: int, one: np.ndarray, ranges: np.ndarray
) -> list[np.ndarray]:
    """All conditions as one range (N,) and, of entries enough, ranges apart (N,)."""
    apart = n_ranges > 1 and both.condition_name is not None
    return [one, ranges] if apart else [one]


def _battery(
    x: np.ndarray,
    groups: np.ndarray,
    divisions: list[np.ndarray],
    strata: np.ndarray,
    is_truth: np.ndarray,
) -> RatioTest:
    """The best of all tests of an observable (N,), among the entries that have it.

    Arguments:
        x: The values of the observable (N,), nan of entries that do not have it.
        groups: The groups of similar condition (N,), in which its bins are made.
        divisions: Numbers of ranges of conditions (N,), for one test each.
        strata: The strata in which labels are exchangeable (N,), each in one range of all
            divisions.
        is_truth: The label (N,).
    """
    rows = having(x)
    x, groups, strata, is_truth = (values[rows] for values in (x, groups, strata, is_truth))
    tried = [
        mantel_haenszel(categories(x, groups, ranges, LEVELS, FEWEST), ranges, strata, is_truth)
        for ranges in (division[rows] for division in divisions)
    ]
    return _best(tried + _end_tests(x, strata, is_truth))


def _end_tests(values: np.ndarray, strata: np.ndarray, is_truth: np.ndarray) -> list[RatioTest]:
    """Tests of the about FEWEST smallest and of the largest values, where there are so few."""
    n = len(values)  # half an entry on the safe side of rounding
    if n <= 2 * FEWEST:
        return []
    edges = inner_edges(values, ((FEWEST + 0.5) / n, 1 - (FEWEST - 0.5) / n), FEWEST)
    category = np.searchsorted(edges, values, side="right")
    difference, covariance = _hypergeometric(category, strata, is_truth)
    tests = []
    for end in (0, len(edges)):
        # Many equal values at an end, such as the 0 of something absent, are no tail.
        if 0 < (category == end).sum() <= 2 * FEWEST and covariance[end, end] > 0:
            statistic = float(difference[end] ** 2 / covariance[end, end])
            tests.append(RatioTest(statistic, 1, _exact(category == end, strata, is_truth)))
    return tests


def _exact(inside: np.ndarray, strata: np.ndarray, is_truth: np.ndarray) -> float:
    """Two-sided p-value of the number of truth inside, labels permuted within strata.

    For the few entries of an end chi-squared is too inexact if truth and sample differ in number.
    """
    chosen, row = np.unique(strata[inside], return_inverse=True)
    total = np.bincount(strata)[chosen]
    truth = np.bincount(strata, is_truth)[chosen].astype(np.int64)
    chance = np.ones(1)
    for n, n_truth, k in zip(total, truth, np.bincount(row), strict=True):
        chance = np.convolve(chance, hypergeom.pmf(np.arange(k + 1), n, n_truth, k))
    seen = int(is_truth[inside].sum())
    return float(min(1.0, 2 * min(chance[: seen + 1].sum(), chance[seen:].sum())))


def _best(tests: list[RatioTest]) -> RatioTest:
    """The test with the smallest p-value, which pays for their number (Bonferroni)."""
    chosen = min(tests, key=lambda test: test.pvalue)
    return replace(chosen, pvalue=min(1.0, len(tests) * chosen.pvalue))


def _strata(values: np.ndarray, ranges: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """About STRATUM neighbours in a range each; equal values are ordered at random."""
    strata, first = np.empty(len(values), dtype=np.int64), 0
    random = rng.random(len(values))
    for k in np.unique(ranges):
        rows = np.flatnonzero(ranges == k)
        ordered = rows[np.lexsort((random[rows], values[rows]))]
        n_strata = max(1, len(rows) // STRATUM)
        strata[ordered] = first + np.arange(len(rows)) * n_strata // len(rows)
        first += n_strata
    return strata


def _hypergeometric(
    category: np.ndarray, strata: np.ndarray, is_truth: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Truth per category minus its mean (C,), and the covariance (C, C), over all strata."""
    _, row = np.unique(strata, return_inverse=True)
    _, category = np.unique(category, return_inverse=True)
    shape = (row.max() + 1, category.max() + 1)
    cell = np.ravel_multi_index((row, category), shape)
    table = np.bincount(cell, minlength=np.prod(shape)).reshape(shape).astype(np.float64)
    n = table.sum(1)
    truth = np.bincount(row, is_truth, shape[0])
    difference = np.bincount(category, is_truth, shape[1]) - (truth / n) @ table
    scale = truth * (n - truth) / (n**2 * np.maximum(n - 1, 1))
    covariance = np.diag((scale * n) @ table) - (scale[:, None] * table).T @ table
    return difference, covariance


def _inverse(covariance: np.ndarray) -> tuple[np.ndarray, int]:
    """Pseudo-inverse and rank: the differences of all categories sum to zero."""
    values, vectors = np.linalg.eigh(covariance)
    kept = values > 1e-9 * max(values.max(), 1.0)
    return (vectors[:, kept] / values[kept]) @ vectors[:, kept].T, int(kept.sum())
