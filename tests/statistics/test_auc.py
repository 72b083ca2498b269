"""AUC, its errors and the Jensen-Shannon divergence against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import mannwhitneyu, norm

from ultimetric.classifiers.folds import assign_fold_parts, fold_of
from ultimetric.statistics.auc import (
    auc,
    auc_components,
    delong,
    jsd_components,
    rank_test_pvalue,
)

SHIFT = 0.8


def jsd(label: np.ndarray, logit: np.ndarray) -> tuple[float, float]:
    """The JSD and its error from the test showers."""
    found = jsd_components(label, logit)
    return found.value, found.error_test


def gaussians(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Truth N(SHIFT, 1) and sample N(0, 1); the exact log ratio is SHIFT x - SHIFT^2 / 2."""
    rng = np.random.default_rng(seed)
    x = np.r_[rng.normal(SHIFT, 1, n), rng.normal(0, 1, n)]
    return np.r_[np.ones(n), np.zeros(n)], SHIFT * x - SHIFT**2 / 2


def test_auc_by_hand() -> None:
    """Pairs (truth, sample): 3>1, 3>2, 2>1, and 2=2 counts half: 3.5 of 4."""
    assert auc(np.array([1, 1, 0, 0]), np.array([3.0, 2.0, 1.0, 2.0])) == 3.5 / 4


def test_auc_of_two_gaussians() -> None:
    """AUC = Phi(shift / sqrt 2)."""
    label, logit = gaussians(100_000, 1)
    value, error = delong(label, logit)
    assert value == pytest.approx(norm.cdf(SHIFT / np.sqrt(2)), abs=4 * error)
    assert error < 0.0015


def test_delong_error_is_the_spread() -> None:
    values, errors = np.transpose([delong(*gaussians(200, seed)) for seed in range(400)])
    assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.12)


def test_delong_error_near_one_half() -> None:
    """sqrt((n1 + n2 + 1) / (12 n1 n2)) where truth and sample are alike."""
    rng = np.random.default_rng(2)
    label = np.r_[np.ones(400), np.zeros(500)]
    error = delong(label, rng.normal(size=900))[1]
    assert error == pytest.approx(np.sqrt(901 / (12 * 400 * 500)), rel=0.05)


def test_jsd_of_two_gaussians() -> None:
    def integrand(x: float) -> float:
        p, q = norm.pdf(x, SHIFT), norm.pdf(x)
        return (p * np.log2(2 * p / (p + q)) + q * np.log2(2 * q / (p + q))) / 2

    exact = quad(integrand, -10, 10)[0]
    value, error = jsd(*gaussians(100_000, 3))
    assert value == pytest.approx(exact, abs=4 * error)
    assert error < 0.002


def test_jsd_does_not_depend_on_the_numbers_of_showers() -> None:
    label, logit = gaussians(50_000, 4)
    fewer = np.r_[np.arange(5_000), np.arange(50_000, 100_000)]
    value, error = jsd(label[fewer], logit[fewer])
    assert value == pytest.approx(jsd(label, logit)[0], abs=4 * error)


def test_pvalue_is_uniform_under_the_null() -> None:
    rng = np.random.default_rng(5)
    label = np.r_[np.ones(100), np.zeros(100)]
    values = [rank_test_pvalue(label, rng.normal(size=200)) for _ in range(1000)]
    assert np.mean(np.array(values) < 0.1) == pytest.approx(0.1, abs=0.03)
    assert rank_test_pvalue(*gaussians(500, 6)) < 1e-6


def test_pvalue_is_that_of_mann_and_whitney() -> None:
    """Copies that are known as such count once; copies of the truth say nothing."""
    rng = np.random.default_rng(12)
    label = np.r_[np.ones(150), np.zeros(51)]
    score = np.round(rng.normal(0.3 * label, 1), 1)  # with ties
    sides = score[label == 1], score[label == 0]
    exact = mannwhitneyu(*sides, alternative="greater", use_continuity=False).pvalue
    assert rank_test_pvalue(label, score) == pytest.approx(exact, rel=1e-6)
    rows = np.r_[np.arange(150), np.repeat(np.arange(150, 201), 4)]
    known = rank_test_pvalue(label[rows], score[rows], group=rows)
    assert norm.isf(known) == pytest.approx(norm.isf(exact), abs=0.15)  # ranks are among all
    assert norm.isf(rank_test_pvalue(label[rows], score[rows])) > 1.3 * norm.isf(exact)
    copied, group = np.r_[score, score], np.tile(np.arange(201), 2)
    assert rank_test_pvalue(np.repeat([1, 0], 201), copied, group=group) == 1


def test_auc_within_folds_by_hand() -> None:
    """Fold 0 has AUC 1 of two pairs, fold 1 AUC 0 of one pair, whatever their offset."""
    label, fold = np.array([1, 0, 0, 1, 0]), np.array([0, 0, 0, 1, 1])
    for offset in (0.0, -100.0):
        found = auc_components(label, np.array([2.0, 1, 0, 0, 1]) + offset * fold, fold)
        assert found.value == pytest.approx(2 / 3)
        assert [x.mean() for x in found.sides] == pytest.approx([2 / 3, 2 / 3])


def test_folds_do_not_pull_the_auc_below_a_half() -> None:
    """Truth against truth, scored by a histogram of the other folds.

    Two showers of one bin and of different folds are each in the histogram of the other: the truth
    shower has the lower score on average.
    """
    n, found = 100, []
    label = np.r_[np.ones(n), np.zeros(n)]
    for seed in range(400):
        number = np.random.default_rng(seed).integers(0, 8, 2 * n)
        fold, score = fold_of(assign_fold_parts(label, np.arange(2 * n), seed)), np.empty(2 * n)
        for k in range(5):
            counts = [np.bincount(number[(fold != k) & (label == y)], minlength=8) for y in (0, 1)]
            score[fold == k] = np.log((counts[1] + 1) / (counts[0] + 1))[number[fold == k]]
        found.append((auc(label, score), auc_components(label, score, fold).value))
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(len(found))
    assert mean[0] < 0.5 - 4 * error[0]
    assert abs(mean[1] - 0.5) < 3 * error[1]


def test_pvalue_of_cross_fitted_scores() -> None:
    """A linear discriminant on truth against truth: z is wider than 1, by sqrt 2 at most.

    Each shower teaches the networks that score the others (docs/method.md).
    """
    n, found = 100, []
    label = np.r_[np.ones(n), np.zeros(n)]
    for seed in range(500):
        x = np.random.default_rng(seed).normal(size=(2 * n, 30))
        fold = fold_of(assign_fold_parts(label, np.arange(2 * n), seed))
        score = np.empty(2 * n)
        for k in range(5):
            teachers = x[fold != k], label[fold != k]
            means = [teachers[0][teachers[1] == side].mean(0) for side in (1, 0)]
            score[fold == k] = (x[fold == k] - np.mean(means, 0)) @ (means[0] - means[1])
        found.append(rank_test_pvalue(label, score))
    assert np.std(norm.isf(found)) == pytest.approx(np.sqrt(2), rel=0.1)


def test_paired_difference_uses_the_common_truth() -> None:
    """Two samples against one truth: the paired error is below the unpaired one, and right."""
    differences, errors, unpaired = [], [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        truth = rng.normal(SHIFT, 1, 300)
        label = np.r_[np.ones(300), np.zeros(300)]
        scores = (np.r_[truth, rng.normal(0, 1, 300)] for _ in range(2))
        first, second = (auc_components(label, score) for score in scores)
        found = first.minus(second, (True, False))
        differences.append(found.value)
        errors.append(found.error_test)
        unpaired.append(np.hypot(first.error_test, second.error_test))
    assert np.mean(differences) == pytest.approx(0, abs=4 * np.std(differences) / np.sqrt(300))
    assert np.mean(errors) == pytest.approx(np.std(differences), rel=0.15)
    assert np.mean(errors) < 0.85 * np.mean(unpaired)


def test_paired_difference_of_aligned_samples() -> None:
    """Scores that differ by little noise on the same showers differ by little in AUC."""
    label, logit = gaussians(500, 7)
    noisy = logit + np.random.default_rng(8).normal(0, 0.1, len(logit))
    first, second = (auc_components(label, x) for x in (logit, noisy))
    errors = [first.minus(second, (True, aligned)).error_test for aligned in (True, False)]
    assert errors[0] < 0.3 * errors[1]


def test_paired_difference_takes_samples_of_other_sizes() -> None:
    label, logit = gaussians(500, 9)
    short = label[:800], logit[:800]
    found = auc_components(label, logit).minus(auc_components(*short), (True, False))
    assert found.value == pytest.approx(auc(label, logit) - auc(*short))
    assert found.error_test > 0


def test_paired_jsd_difference() -> None:
    label, logit = gaussians(2000, 10)
    blind = jsd_components(label, 0 * logit)
    found = jsd_components(label, logit).minus(blind, (True, False))
    assert found.value == pytest.approx(jsd(label, logit)[0])
    assert 0 < found.error_test < 0.02


def test_repeats_by_hand() -> None:
    label = np.array([1, 1, 0, 0])
    columns = np.array([[3.0, 3], [2, 1], [1, 2], [0, 0]])  # AUC 1 and 3/4
    found = auc_components(label, columns)
    assert found.value == 0.875
    # The spread 1/8 of their mean is no more than what the four showers make of it.
    assert found.error_repeats == 0
    assert np.isnan(auc_components(label, columns[:, :1]).error_repeats)


def test_error_of_a_mean_over_repeats() -> None:
    """Repeats that share nothing have the error of one over sqrt(R), equal ones that of one."""
    rng = np.random.default_rng(11)
    label = np.r_[np.ones(2000), np.zeros(2000)]
    one = rng.normal(size=(4000, 1))
    alike, unlike = np.repeat(one, 4, axis=1), rng.normal(size=(4000, 4))
    error = delong(label, one)[1]
    assert delong(label, alike)[1] == pytest.approx(error)
    assert delong(label, unlike)[1] == pytest.approx(error / 2, rel=0.05)
