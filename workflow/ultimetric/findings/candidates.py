"""The candidates for findings: observables, products of pairs, and single values."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from ultimetric.data.spectra import as_numbers
from ultimetric.events import Events
from ultimetric.findings.cells import quantile_ranks
from ultimetric.findings.population import Population, of_kind
from ultimetric.kinds.observables import Columns, having

# Between the names of a pair.
TIMES = " x "

Values = dict[str, np.ndarray]


def candidates(
    truth: Events,
    sample: Events,
    truth_observables: Columns,
    observables: Columns,
    n_values: int,
) -> tuple[Values, Values]:
    """The candidates of truth and of sample (N,), by name.

    These are the observables of the kind, the products of its `pairs`, and those single values
    that are largest in magnitude on average over both sets. The choice does not depend on which
    set an entry is of, so that both sets have equal distributions if the entries have.

    Arguments:
        truth, sample: Entries of one kind.
        truth_observables, observables: The tables of both.
        n_values: The number of single values; more of them make all findings less significant.
    """
    kind = truth.kind
    names = kind.value_names()
    largest = [names[k] for k in _largest(truth, sample, n_values)]
    chosen = [*kind.observables, *(TIMES.join(pair) for pair in kind.pairs()), *largest]
    return values_of(chosen, truth, sample, truth_observables, observables)


def values_of(
    names: list[str],
    truth: Events,
    sample: Events,
    truth_observables: Columns,
    observables: Columns,
) -> tuple[Values, Values]:
    """Candidates, or the condition, of truth and of sample (N,) by their names.

    Arguments:
        names: The names.
        truth, sample: Entries of one kind.
        truth_observables, observables: The tables of both.
    """
    kind, n_truth = truth.kind, len(truth)
    condition = np.concatenate([as_numbers(x.condition) for x in (truth, sample)])
    pairs = [tuple(name.split(TIMES)) for name in names if TIMES in name]
    needed = dict.fromkeys([*names, *(name for pair in pairs for name in pair)])
    both = {
        name: np.concatenate([truth_observables[name], observables[name]])
        for name in needed
        if name in kind.observables
    }
    if kind.condition is not None:
        both[kind.condition.name] = condition
    both |= products(both, pairs, of_kind(kind, condition, {}, np.empty(0)).groups())
    places = {name: k for k, name in enumerate(kind.value_names())}
    wanted = [name for name in names if name in places]
    columns = [places[name] for name in wanted]
    values = np.concatenate(
        [x.each(lambda block: block.data[:, columns]) for x in (truth, sample)]
    )
    both |= {name: x.astype(np.float64) for name, x in zip(wanted, values.T, strict=True)}
    return (
        {name: both[name][:n_truth] for name in names},
        {name: both[name][n_truth:] for name in names},
    )


def products(values: Values, chosen: list[tuple[str, str]], groups: np.ndarray) -> Values:
    """Products of normal scores of pairs, named "a x b".

    Ranks are taken among entries of similar condition, so that their common dependence on it
    cancels. A product is nan where an observable is.

    Arguments:
        values: Observables of truth and sample together (N,).
        chosen: Pairs of their names.
        groups: The number of the group of similar condition of each entry (N,).
    """
    scores = {name: normal_scores(values[name], groups) for pair in chosen for name in pair}
    return {TIMES.join((a, b)): scores[a] * scores[b] for a, b in chosen}


def normal_scores(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Normal scores (N,) of values, nan where these are, by their ranks in groups (N,)."""
    rows, scores = having(values), np.full(len(values), np.nan)
    scores[rows] = norm.ppf(quantile_ranks(values[rows], groups[rows]))
    return scores


def correlation(one: Population, pair: str) -> float:
    """The rank correlation (of normal scores) of a pair in one population, at similar condition.

    It is nan if one of the two is constant. Only entries that have both count.

    Arguments:
        one: The population, with both observables.
        pair: Their names, as "a x b".
    """
    names = pair.split(TIMES)
    both = one.among(having(*map(one.of, names)))
    groups = both.groups()
    first, second = (normal_scores(both.of(name), groups) for name in names)
    size = np.sqrt((first @ first) * (second @ second))
    return float(first @ second / size) if size > 0 else np.nan


def _largest(truth: Events, sample: Events, n_values: int) -> np.ndarray:
    """Numbers of the values with the largest sum of magnitudes over both sets."""
    total = sum(
        np.abs(block.data).sum(0, dtype=np.float64)
        for events in (truth, sample)
        for block in events.blocks()
    )
    return np.sort(np.argsort(-total, kind="stable")[:n_values])
