"""One trial: truth is divided anew, a fault is planted in one part, and the finder is asked."""

from __future__ import annotations

import numpy as np

from ultimetric.classifiers.base import Classifier
from ultimetric.classifiers.folds import assign_tenths, fold_of
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.weighing import weigh
from ultimetric.classifiers.weights import Weights
from ultimetric.data.duplicates import duplicate_groups
from ultimetric.errors import UserError
from ultimetric.failures.candidates import candidates
from ultimetric.failures.finder import Finding, find
from ultimetric.failures.population import Population, counted_once
from ultimetric.faults.base import Fault
from ultimetric.kinds.showers.inputs import features
from ultimetric.kinds.showers.showers import Joined, Showers


def divide(
    showers: Showers, groups: np.ndarray, n_showers: int, rng: np.random.Generator
) -> tuple[Showers, Showers]:
    """Truth that judges, and all other truth, at random; duplicates stay together.

    Arguments:
        showers: truth (N).
        groups: label of the group of duplicates of each shower (N,).
        n_showers: of the first part; a few more if it would end within a group.
        rng: orders the groups.
    """
    label = rng.permutation(groups.max() + 1)[groups]
    order = np.argsort(label, kind="stable")
    cut = n_showers
    while 0 < cut < len(order) and label[order[cut]] == label[order[cut - 1]]:
        cut += 1
    return showers[order[:cut]], showers[order[cut:]]


def planted(
    rest: Showers, fault: Fault | None, fraction: float, n_showers: int, rng: np.random.Generator
) -> Showers:
    """n_showers of the truth that does not judge, with a fault if there is one.

    Raises:
        UserError: too few showers are left.
    """
    sample = rest if fault is None else fault.plant(rest, fraction, rng)
    if len(sample) < n_showers:
        raise UserError(f"trials: {n_showers} showers are needed, {len(sample)} are left")
    return sample[:n_showers]


def judge(
    truth: Showers, sample: Showers, classifier: Classifier, inputs: str, voxels: int, seed: int
) -> tuple[Weights, list[Finding]]:
    """Classify, weigh and find, as the stages of these names do with one repeat.

    Arguments:
        truth, sample: shower sets of one geometry.
        classifier: that learns which is which.
        inputs: of the classifier, a name of `features`.
        voxels: single voxels that the finder looks at.
        seed: of everything random.
    """
    both = Joined((truth, sample))
    label = np.r_[np.ones(len(truth), np.int8), np.zeros(len(sample), np.int8)]
    groups = duplicate_groups(both)
    tenths = assign_tenths(label, groups, seed)[:, None]
    fit = classifier.fit(features(inputs, both), label, tenths, [seed])
    weights = weigh(Scores(label, fold_of(tenths), fit, groups), seed)
    of_truth, of_sample, _ = candidates(truth, sample, voxels)
    populations = (
        Population(truth.energy, of_truth, weights.truth.w),
        Population(sample.energy, of_sample, weights.sample.w),
    )
    copies = np.split(groups, [len(truth)])
    return weights, find(*map(counted_once, populations, copies), seed)
