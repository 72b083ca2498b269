"""The range of an observable and of the condition where truth and sample differ most clearly."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ultimetric.findings.cells import bins, even
from ultimetric.findings.interval import Interval, find_interval, most_different
from ultimetric.findings.population import Population
from ultimetric.findings.tails import Tail
from ultimetric.kinds.observables import having

CLEAR = 0.2
RANGES = 4
FEWEST = 100
# A range of conditions is named if the difference is clearer there, by this factor, than in all.
CLEARER = 1.2
# Standard deviations below which no range of an observable is named.
SIGNIFICANT = 4.0


@dataclass(frozen=True)
class Region:
    """A range of an observable that holds too many, or too few, of the sample's entries.

    Arguments:
        interval: The range.
        conditions: The range of conditions; None for all.
        truth, sample: The shares of the entries of these conditions that lie in the range.
        tail, others: The shares of the entries of the tail, and of all others of their class, that
            lie in the range and at these conditions; nan without a tail.
    """

    interval: Interval
    conditions: Interval | None
    truth: float
    sample: float
    tail: float = np.nan
    others: float = np.nan


def find_region(
    truth: Population, sample: Population, name: str, tail: Tail | None
) -> Region | None:
    """The clearest region of an observable, or None if no range of it differs clearly.

    All shares are those among the entries that have the observable.

    Arguments:
        truth, sample: The entries.
        name: The observable, or the condition.
        tail: The tail of the weights that is clearest in it.
    """
    known = having(truth.of(name)), having(sample.of(name))
    truth, sample = truth.among(known[0]), sample.among(known[1])
    tail = tail and tail.among(*known)
    values = np.concatenate([truth.of(name), sample.of(name)])
    condition = np.concatenate([truth.condition, sample.condition])
    is_truth = np.arange(len(values)) < len(truth)
    best, chosen, conditions = 0.0, None, None
    parts = _conditions(truth, sample, tail) if name != truth.condition_name else []
    for candidate in [None, *parts]:
        rows = np.ones(len(values), bool) if candidate is None else candidate.holds(condition)
        if min(is_truth[rows].sum(), (~is_truth[rows]).sum()) < FEWEST and candidate is not None:
            continue
        interval, significance = most_different(values[rows], is_truth[rows])
        if abs(significance) > best * (1 if candidate is None else CLEARER):
            best, chosen, conditions = abs(significance), interval, candidate
    if chosen is None or best < SIGNIFICANT:
        return None
    region = Region(chosen, conditions, chosen.tail, chosen.others)
    if tail is None:
        return region
    kind, inside = _tail_of(truth, sample, tail)
    if inside.all() or not inside.any():
        return region
    there = chosen.holds(kind.of(name))
    if conditions is not None:
        there &= conditions.holds(kind.condition)
    shares = (float(there[rows].mean()) for rows in (inside, ~inside))
    return replace(region, **dict(zip(("tail", "others"), shares, strict=True)))


def _tail_of(truth: Population, sample: Population, tail: Tail) -> tuple[Population, np.ndarray]:
    """Those of which the tail has more, and which of them are inside (N,)."""
    return (sample, tail.sample) if tail.rarer else (truth, tail.truth)


def _conditions(truth: Population, sample: Population, tail: Tail | None) -> list[Interval]:
    """Ranges of the condition to look at: that of the tail, and quarters of all entries.

    Of classes each is looked at.
    """
    condition = np.concatenate([truth.condition, sample.condition])
    if truth.discrete:
        classes = np.unique(condition).tolist()
        return [Interval(x, x, False, 1.0, 1.0) for x in classes if len(classes) > 1]
    number = bins(condition, even(RANGES), FEWEST)
    found = [
        Interval(
            -np.inf if k == 0 else float(condition[number == k].min()),
            np.inf if k == number.max() else float(condition[number == k].max()),
            False,
            1.0,
            1.0,
        )
        for k in range(number.max() + 1)
        if number.max() > 0
    ]
    if tail is not None:
        kind, inside = _tail_of(truth, sample, tail)
        if inside.any() and not inside.all():
            interval = find_interval(kind.condition, inside)
            if interval.clarity >= CLEAR:
                found.append(interval)
    return found
