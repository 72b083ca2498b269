"""Folds are balanced, disjoint, and keep copies together."""

from __future__ import annotations

import numpy as np
import pytest
from gaussians import QUICK, fold_parts_of

from ultimetric.classifiers.dnn import Dnn
from ultimetric.classifiers.folds import FOLDS, assign_fold_parts, parts
from ultimetric.statistics.auc import auc


def test_folds_are_balanced_and_disjoint() -> None:
    label = np.r_[np.ones(400), np.zeros(300)]
    fold_part = fold_parts_of(label, 1)[:, 0]
    tested = []
    for fold in range(FOLDS):
        training, validation, test = parts(fold_part, fold)
        assert len(training) == 490
        assert len(validation) == 70
        assert len(test) == 140
        assert label[test].sum() == 80
        assert len(np.unique(np.r_[training, validation, test])) == 700
        tested.append(test)
    assert np.array_equal(np.sort(np.concatenate(tested)), np.arange(700))


def test_duplicates_stay_in_one_fold() -> None:
    label = np.r_[np.ones(100), np.zeros(100)]
    groups = np.arange(200) % 100  # each sample shower copies a truth shower
    fold_part = assign_fold_parts(label, groups, 3)
    assert np.array_equal(fold_part[:100], fold_part[100:])


@pytest.mark.parametrize("n_groups", [1, 4, 12])
def test_a_class_of_few_groups_is_in_every_tenth(n_groups: int) -> None:
    """As a sample that has collapsed to a few showers; no network trains without a class."""
    label, copies = np.r_[np.ones(100), np.zeros(100)], 100 + np.arange(100) % n_groups
    for seed in range(5):
        fold_part = assign_fold_parts(label, np.r_[np.arange(100), copies], seed)
        assert set(fold_part[:100]) == set(fold_part[100:]) == set(range(10))
        whole = all(len(set(fold_part[100:][copies == group])) == 1 for group in np.unique(copies))
        assert whole == (n_groups >= 10)


def test_copies_of_the_truth_stay_at_the_baseline() -> None:
    """A sample that copies the truth is scored by networks that saw neither, and looks like it."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 4))
    label = np.r_[np.ones(500), np.zeros(500)]
    fold_part = assign_fold_parts(label, np.arange(1000) % 500, 1)[:, None]
    fit = Dnn(QUICK).cross_fit(np.r_[x, x].astype(np.float32), label, fold_part, [1])
    assert auc(label, fit.score[:, 0]) == pytest.approx(0.5, abs=0.05)
