"""One classifier of truth and all samples, from its log posteriors to rules and figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from places import REPOSITORY
from scipy.special import log_softmax, logsumexp
from scipy.stats import norm
from showers import showers_of

from ultimetric.classifiers.dnn import Dnn
from ultimetric.classifiers.folds import FOLDS, assign_fold_parts, fold_of
from ultimetric.classifiers.joint import JointFit
from ultimetric.classifiers.joint_scores import JointScores, read_joint, write_joint
from ultimetric.classifiers.multiclass import Multiclass
from ultimetric.classifiers.weights import History
from ultimetric.kinds.showers.kind import Showers
from ultimetric.observed import inputs_of
from ultimetric.statistics.auc import auc_components, delong

FOLDER = REPOSITORY / "workflow" / "ultimetric" / "classifiers"
# Classes of one dimension: truth, then samples that shift the mean.
MEANS = np.array([0.0, 0.0, 0.7, 2.0])
NAMES = ["same", "near", "far"]
NO_HISTORY = History(np.arange(1), np.zeros((1, 1, FOLDS)), np.zeros((1, 1, FOLDS)))


def card(name: str, classifier: str = "multiclass", **changes: Any) -> dict[str, Any]:
    cards = yaml.safe_load((FOLDER / f"{classifier}.yaml").read_text())
    return cards[name] | changes


def log_densities(x: np.ndarray) -> np.ndarray:
    """log p of each class (N, n) at x (N,)."""
    return norm.logpdf(x[:, None], MEANS)


def gaussians(numbers: list[int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Values (N, 2), the second without a meaning, and classes (N,)."""
    label = np.repeat(np.arange(len(numbers)), numbers)
    x = np.random.default_rng(seed).normal(size=(len(label), 2))
    x[:, 0] += MEANS[label]
    return x.astype(np.float32), label


def fold_parts_of(label: np.ndarray, repeats: int = 1) -> np.ndarray:
    groups = np.arange(len(label))
    return np.stack([assign_fold_parts(label, groups, seed) for seed in range(repeats)], axis=1)


def test_every_class_is_divided_evenly() -> None:
    label = np.repeat([0, 1, 2], [200, 100, 50])
    fold_part = assign_fold_parts(label, np.arange(350), 1)
    assert [set(np.bincount(fold_part[label == k])) for k in range(3)] == [{20}, {10}, {5}]


def test_two_classes_are_divided_as_ever() -> None:
    """Numbers of a study before there were several classes."""
    label = np.r_[np.ones(6), np.zeros(5)]
    rng = np.random.default_rng(3)
    zeros, ones = rng.permutation(5), rng.permutation(6)
    assert assign_fold_parts(label, np.arange(11), 3).tolist() == [*ones, *zeros]


@pytest.fixture(scope="module")
def learned() -> tuple[np.ndarray, np.ndarray, JointFit]:
    """Unequal classes: all count alike."""
    x, label = gaussians([3000, 3000, 1500, 3000], 1)
    fit = Multiclass(card("tiny", steps=400, hidden=[32])).cross_fit_classes(
        x, label, fold_parts_of(label), [1]
    )
    return x, label, fit


def test_log_posteriors_are_those_of_gaussians(learned) -> None:
    x, label, fit = learned
    exact = log_softmax(log_densities(x[:, 0].astype(np.float64)), axis=1)
    assert fit.log_posterior.shape == (len(x), 1, 4)
    assert np.abs(logsumexp(fit.log_posterior, axis=-1)).max() < 1e-5
    inside = np.abs(x[:, 0] - 1) < 2
    found = fit.log_posterior[:, 0]
    for k in range(4):
        difference = (found - exact)[inside, k]
        assert abs(difference.mean()) < 0.08
        assert difference.std() < 0.2
    assert fit.n_train == 7 * len(label) // 10
    assert fit.history.validation.shape == (len(fit.history.step), 1, FOLDS)
    assert np.nanmin(fit.history.validation) < fit.history.validation[0].max() < np.log(4) + 0.1


def test_seeds() -> None:
    x, label = gaussians([100, 100, 100, 100], 2)
    fold_parts = fold_parts_of(label, 2)
    first, again, other = (
        Multiclass(card("tiny")).cross_fit_classes(x, label, fold_parts, seeds).log_posterior
        for seeds in ([5, 6], [5, 6], [7, 8])
    )
    assert first.tobytes() == again.tobytes()
    for r in range(2):
        assert not np.array_equal(first[:, r], other[:, r])


def test_a_sample_is_singled_out(tmp_path: Path) -> None:
    label = np.repeat([0, 1, 2], [4, 3, 2])
    log_posterior = np.random.default_rng(1).normal(size=(9, 2, 3)).astype(np.float32)
    fold = np.arange(18).reshape(9, 2) % 5
    fit = JointFit(log_posterior, NO_HISTORY, 6)
    write_joint(tmp_path / "a.hdf5", JointScores(["b", "a"], label, fold, fit))
    one = read_joint(tmp_path / "a.hdf5").binary_scores("a")
    assert one.label.tolist() == [1, 1, 1, 1, 0, 0]
    rows = [0, 1, 2, 3, 7, 8]
    np.testing.assert_array_equal(one.fold, fold[rows])
    expected = log_posterior[rows, :, 0] - log_posterior[rows, :, 2]
    np.testing.assert_array_equal(one.fit.score, expected)
    assert one.fit.n_train == 6


@pytest.mark.slow
def test_joint_scores_are_those_of_two_classes(eplus: Showers) -> None:
    """Real showers: a planted fault is seen among others as well as alone, truth is not."""
    parts = [eplus[k * 2800 : (k + 1) * 2800] for k in range(3)]
    rng = np.random.default_rng(1)
    voxels = parts[2].voxels.copy()
    faulty = rng.random(len(voxels)) < 0.2  # a positive control of ideal AUC 0.6
    voxels[faulty] *= (1.1e3 * parts[2].energy / voxels.sum(1))[faulty, None]
    parts[2] = showers_of(parts[2].geometry, parts[2].energy, voxels.astype(np.float32))
    x = np.concatenate([inputs_of("high_level", part) for part in parts])
    label = np.repeat(np.arange(3), 2800)
    fold_parts = fold_parts_of(label)
    fit = Multiclass(card("cpu")).cross_fit_classes(x, label, fold_parts, [1])
    joint = JointScores(["truth", "planted"], label, fold_of(fold_parts), fit)
    found = {name: joint.binary_scores(name) for name in joint.samples}
    values = {k: delong(v.label, v.fit.score.astype(np.float64)) for k, v in found.items()}
    assert abs(values["truth"][0] - 0.5) < 3 * values["truth"][1]
    assert values["planted"][0] >= 0.57

    two = (label == 0) | (label == 2)
    binary = (label[two] == 0).astype(np.int8)
    alone = Dnn(card("cpu", "dnn")).cross_fit(x[two], binary, fold_parts[two], [1]).score[:, 0]
    planted = found["planted"]
    scores = planted.fit.score[:, 0].astype(np.float64), alone.astype(np.float64)
    first, second = (auc_components(binary, score) for score in scores)
    difference = first.minus(second, (True, True))
    assert abs(difference.value) < 3 * difference.error_test + 0.01
    assert np.corrcoef(*scores)[0, 1] > 0.5
