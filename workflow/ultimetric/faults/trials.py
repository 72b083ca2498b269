"""One trial: truth is divided anew, a fault is planted in one part, and the finder is asked."""

from __future__ import annotations

import numpy as np

from ultimetric.classifiers.base import Classifier
from ultimetric.classifiers.folds import assign_tenths, fold_of
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.weighing import weigh
from ultimetric.classifiers.weights import Weights
from ultimetric.data.duplicates import related_groups
from ultimetric.errors import UserError
from ultimetric.events import Entries, Joined
from ultimetric.findings.candidates import candidates
from ultimetric.findings.finder import Finding, find
from ultimetric.findings.population import counted_once, population
from ultimetric.faults.base import Fault
from ultimetric.observed import JoinedTables, compute, inputs_of


def divide(
    events: Entries, groups: np.ndarray, n_entries: int, rng: np.random.Generator
) -> tuple[Entries, Entries]:
    """Truth that judges, and all other truth, at random; related entries stay together.

    Arguments:
        events: truth (N).
        groups: label of the group of related entries that each is of (N,).
        n_entries: of the first part; a few more if it would end within a group.
        rng: orders the groups.
    """
    label = rng.permutation(groups.max() + 1)[groups]
    order = np.argsort(label, kind="stable")
    cut = n_entries
    while 0 < cut < len(order) and label[order[cut]] == label[order[cut - 1]]:
        cut += 1
    return events[order[:cut]], events[order[cut:]]


def planted(
    rest: Entries, fault: Fault | None, fraction: float, n_entries: int, rng: np.random.Generator
) -> Entries:
    """n_entries of the truth that does not judge, with a fault if there is one.

    Raises:
        UserError: too few entries are left.
    """
    sample = rest if fault is None else fault.plant(rest, fraction, rng)
    if len(sample) < n_entries:
        several = rest.kind.several
        raise UserError(f"trials: {n_entries} {several} are needed, {len(sample)} are left")
    return sample[:n_entries]


def judge(
    truth: Entries, sample: Entries, classifier: Classifier, inputs: str, n_values: int, seed: int
) -> tuple[Weights, list[Finding]]:
    """Classify, weigh and find, as the stages of these names do with one repeat.

    Arguments:
        truth, sample: entries of one kind.
        classifier: that learns which is which.
        inputs: of the classifier, a name of the kind's inputs.
        n_values: single values that the finder looks at.
        seed: of everything random.
    """
    both = Joined((truth, sample))
    label = np.r_[np.ones(len(truth), np.int8), np.zeros(len(sample), np.int8)]
    groups = related_groups(both)
    tables = compute(truth), compute(sample)
    tenths = assign_tenths(label, groups, seed)[:, None]
    x = inputs_of(inputs, both, JoinedTables(tables))
    fit = classifier.fit(x, label, tenths, [seed])
    weights = weigh(Scores(label, fold_of(tenths), fit, groups), seed)
    of_truth, of_sample = candidates(truth, sample, *tables, n_values)
    populations = (
        population(truth, of_truth, weights.truth),
        population(sample, of_sample, weights.sample),
    )
    copies = np.split(groups, [len(truth)])
    return weights, find(*map(counted_once, populations, copies), seed)
