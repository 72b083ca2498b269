"""Find the observables in which a sample differs from the truth, and the tail of the weights.

The weights order the observables and select tails. Findings are decided by tests that do not use
weights, so that the chance of any false finding is at most SIGNIFICANT, whatever the classifier
has learned (Holm, all observables and the condition counted). An observable that differs only
because an earlier one does is no finding of its own, except for the most significant observable,
which is the first or the second finding for any weights.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ultimetric.findings.candidates import TIMES, correlation
from ultimetric.findings.families import families
from ultimetric.findings.information import shares
from ultimetric.findings.interval import find_interval
from ultimetric.findings.population import Population
from ultimetric.findings.ratio import RatioTest, ratio_tests, tests_given
from ultimetric.findings.region import Region, find_region
from ultimetric.findings.tails import Tail, find_tails
from ultimetric.kinds.observables import having
from ultimetric.statistics.pvalues import holm

SIGNIFICANT = 0.05
# Of a sample that differs everywhere, each of hundreds of observables would be a finding.
MOST = 30


@dataclass(frozen=True)
class Finding:
    """A family of observables in which truth and sample differ, named after its best member.

    Arguments:
        observable: The confirmed member that explains most of the weights' information, or the
            most significant of all observables.
        relatives: The other confirmed members, best first.
        followers: Confirmed observables of other families that no longer differ where this one
            is alike, most significant first.
        share: The share of the weights' information that the observable explains beyond the
            condition; at most 0 if the weights do not show it.
        test: The test of its truth/sample ratio, at equal condition.
        pvalue: The p-value of that test, for all tests together.
        tests: The number of tests.
        tail: The confirmed tail of the weights that is clearest in this observable, if any.
        region: The region in which truth and sample differ most clearly, if there is one.
        correlations: The rank correlations of a pair in truth and in the sample; None if the
            observable is no pair.
    """

    observable: str
    relatives: tuple[str, ...]
    share: float
    test: RatioTest
    pvalue: float
    tests: int
    tail: Tail | None = None
    region: Region | None = None
    correlations: tuple[float, float] | None = None
    followers: tuple[str, ...] = ()


def diagnose(truth: Population, sample: Population, seed: int) -> list[Finding]:
    """The findings; the family that explains most of the weights' information is first.

    The most significant observable is the first or the second finding. No more than MOST are
    looked for.

    Arguments:
        truth, sample: Populations with the same observables, which do not depend on the label;
            those that all entries of one of both lack are left out.
        seed: The seed of the parts in which marginal weights are fitted, and of the order of
            entries of equal condition.
    """
    names = [x for x in truth.values if len(truth.having(x)) and len(sample.having(x))]
    truth, sample = (
        replace(one, values={name: one.values[name] for name in names}) for one in (truth, sample)
    )
    rng = np.random.default_rng(seed)
    explained = shares(truth, sample, rng)
    tests = ratio_tests(truth, sample, rng)
    adjusted = holm({name: test.pvalue for name, test in tests.items()})
    confirmed = [name for name, p in adjusted.items() if p < SIGNIFICANT]
    confirmed.sort(key=lambda name: (tests[name].log_pvalue, name))
    clearest = confirmed[:1]
    # What the weights do not explain keeps the order of the tests.
    confirmed.sort(key=lambda name: -max(explained[name], 0))
    tails = [tail for tail in find_tails(truth, sample) if tail.confirmed]
    # The condition, which all others are conditional on, is a family of its own.
    numbers = {truth.condition_name: 0} | families(truth.values)
    found = []
    while confirmed and len(found) < MOST:
        leader = confirmed[0]
        family = [x for x in confirmed if numbers[x] == numbers[leader]]
        # The most significant observable is never told as one of others.
        leader = next((x for x in clearest if x in family), leader)
        relatives = [x for x in family if x != leader]
        others = [x for x in confirmed if x not in family]
        followers = _followers(truth, sample, leader, others, rng)
        followers.sort(key=lambda name: tests[name].log_pvalue)
        confirmed = [x for x in others if x in clearest or x not in followers]
        # No more than one finding comes before it.
        confirmed.sort(key=lambda name: name not in clearest)
        tail = _clearest(truth, sample, leader, tails)
        finding = Finding(
            observable=leader,
            relatives=tuple(relatives),
            share=explained[leader],
            test=tests[leader],
            pvalue=adjusted[leader],
            tests=len(tests),
            followers=tuple(x for x in followers if x not in clearest),
            tail=tail,
            region=find_region(truth, sample, leader, tail),
            correlations=_correlations(truth, sample, leader),
        )
        found.append(finding)
    return found


def _correlations(truth: Population, sample: Population, name: str) -> tuple[float, float] | None:
    return (correlation(truth, name), correlation(sample, name)) if TIMES in name else None


def _followers(
    truth: Population,
    sample: Population,
    leader: str,
    others: list[str],
    rng: np.random.Generator,
) -> list[str]:
    """Those of the other observables whose ratio is flat at equal values of the leader.

    The condition is no leader, since all observables are tested at equal condition.
    """
    if leader == truth.condition_name:
        return []
    names = [name for name in others if name != truth.condition_name]
    given = tests_given(truth, sample, leader, names, rng)
    adjusted = holm({name: test.pvalue for name, test in given.items()})
    return [name for name in names if adjusted[name] >= SIGNIFICANT]


def _clearest(truth: Population, sample: Population, name: str, tails: list[Tail]) -> Tail | None:
    """The tail whose entries are clearest in an observable."""

    def clarity(tail: Tail) -> float:
        # A tail lies where its more frequent kind is: the other may have no entry there.
        side, inside = (sample, tail.sample) if tail.rarer else (truth, tail.truth)
        values = side.of(name)
        rows = having(values)
        values, inside = values[rows], inside[rows]
        alone = inside.all() or not inside.any()
        return 0.0 if alone else find_interval(values, inside).clarity

    return max(tails, key=clarity, default=None)
