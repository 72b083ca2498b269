"""A trial: truth is divided anew, a fault is planted in one part, and findings are searched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultimetric.classifiers.base import Classifier
from ultimetric.classifiers.fitting import seen
from ultimetric.classifiers.folds import assign_fold_parts, fold_of
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.subset import Subset
from ultimetric.classifiers.weighing import weigh
from ultimetric.classifiers.weights import Weights
from ultimetric.data.duplicates import related_groups
from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.faults.base import Fault
from ultimetric.findings.candidates import candidates
from ultimetric.findings.diagnosis import Finding, diagnose
from ultimetric.findings.population import counted_once, population
from ultimetric.observed import JoinedTables, compute
from ultimetric.statistics.auc import delong


@dataclass(frozen=True)
class Trial:
    """The result of one trial.

    Arguments:
        auc: The AUC of the classifier.
        named: Whether each finding, in their order, names the planted fault.
    """

    auc: float
    named: list[bool]


def divide(
    events: Entries, groups: np.ndarray, n_entries: int, rng: np.random.Generator
) -> tuple[Entries, Entries]:
    """Divide truth at random in a held-out part and the rest; related entries stay together.

    Arguments:
        events: The truth (N).
        groups: The label of the group of related entries that each is of (N,).
        n_entries: The size of the first part; a few more if it would end within a group.
        rng: The source of random numbers for the order of the groups.
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
    """Make a sample of the rest of the truth, with a fault if there is one.

    Arguments:
        rest: The truth that is not held out.
        fault: The fault; None for a trial without a fault.
        fraction: The share of faulty entries.
        n_entries: The size of the sample.
        rng: The source of random numbers for the fault.

    Raises:
        UserError: Too few entries are left.
    """
    sample = rest if fault is None else fault.plant(rest, fraction, rng)
    if len(sample) < n_entries:
        several = rest.kind.several
        raise UserError(
            f"validate_findings: {n_entries} {several} are needed, {len(sample)} are left"
        )
    return sample[:n_entries]


def weigh_and_diagnose(
    truth: Entries, sample: Entries, classifier: Classifier, inputs: str, n_values: int, seed: int
) -> tuple[Weights, list[Finding]]:
    """Weights and findings of one repeat, made as those of a study.

    Arguments:
        truth, sample: Entries of one kind.
        classifier: The classifier.
        inputs: The name of its inputs.
        n_values: The number of single values among the candidates.
        seed: The random seed.
    """
    tables = compute(truth), compute(sample)
    chosen = Subset.of(inputs, (truth, sample), JoinedTables(tables))
    label = np.repeat(np.array([1, 0], np.int8), chosen.sizes)
    groups = related_groups(chosen.joined)
    fold_parts = assign_fold_parts(label, groups, seed)[:, None]
    x = seen(inputs, chosen.joined, chosen.columns)
    fit = classifier.fit(x, label, fold_parts, [seed])
    index = np.concatenate(chosen.index)
    scores = Scores(label, fold_of(fold_parts), fit, groups, index=index)
    weights = weigh(scores, seed)
    of_truth, of_sample = candidates(truth, sample, *tables, n_values)
    populations = (
        population(truth, of_truth, weights.truth),
        population(sample, of_sample, weights.sample),
    )
    copies = np.split(groups, chosen.sizes[:1])
    return weights, diagnose(*map(counted_once, populations, copies), seed)


def trial_of(weights: Weights, findings: list[Finding], fault: Fault | None) -> Trial:
    """The result of a trial, from its weights and findings."""
    return Trial(
        auc=delong(weights.label, weights.joined("score")[:, 0])[0],
        named=[
            fault is not None and fault.names((one.observable, *one.relatives)) for one in findings
        ],
    )
