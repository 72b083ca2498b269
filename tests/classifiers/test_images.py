"""Classifiers that learn from mirror images."""

from __future__ import annotations

import corner_base
import numpy as np
import pytest
import torch
from gaussians import QUICK, cross_fit, gaussians
from places import PACKAGE

from ultimetric.classifiers.fitting import mean_over_images, out_of_fold, seen
from ultimetric.kinds.showers.kind import Showers
from ultimetric.statistics.auc import auc, delong

CFG = {
    "plugin": str(PACKAGE / "classifiers" / "dnn.py"),
    "card": QUICK | {"steps": 200, "images": 4, "log_floor": 1e-7},
    "inputs": "normalised",
}


def dirichlet(n: int, power: float, seed: int) -> np.ndarray:
    """Shares (n, 4) of four voxels; all images are equally likely."""
    return np.random.default_rng(seed).dirichlet([power] * 4, n)


def showers(shares: np.ndarray) -> Showers:
    voxels = (1000 * shares).astype(np.float32)
    return Showers(corner_base.KIND, np.full(len(shares), 10.0), voxels)


def scores(truth: np.ndarray, sample: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    label = np.repeat([1, 0], [len(truth), len(sample)]).astype(np.int8)
    both = np.concatenate([truth, sample])
    found = out_of_fold(CFG, showers(both), label, np.arange(len(label)), [1, 2])
    assert found.fit.score.shape == (len(label), 2)
    return label, found.fit.score.mean(1).astype(float)


def test_the_ratio_of_dirichlet_distributions() -> None:
    """log p / q is a sum of logarithms of the shares."""
    truth, sample = dirichlet(1500, 2.0, 1), dirichlet(1500, 4.0, 2)
    label, score = scores(truth, sample)
    exact = -2 * np.log(np.concatenate([truth, sample])).sum(1)
    assert auc(label, score) == pytest.approx(auc(label, exact), abs=0.01)
    assert np.corrcoef(score, exact)[0, 1] > 0.95


def test_images_of_an_entry_stay_in_its_fold() -> None:
    """Else networks would know the class of an entry from its images."""
    label, score = scores(dirichlet(500, 2.0, 1), dirichlet(500, 2.0, 2))
    value, error = delong(label, score)
    assert abs(value - 0.5) < 4 * error


def test_entries_come_first_and_images_have_the_same_shares() -> None:
    shares = dirichlet(50, 2.0, 1)
    x = seen("normalised", showers(shares), None, 4, torch.Generator().manual_seed(1))
    assert x.shape == (200, 4 + 2)
    alone = seen("normalised", showers(shares), None, 1, torch.Generator())
    assert np.array_equal(x[:50], alone)
    moved = np.sort(x[:, :4].reshape(4, 50, 4), axis=2)
    assert np.array_equal(moved[1:], moved[:1].repeat(3, 0))
    assert not np.array_equal(x[50:100], x[:50])


def test_mean_over_images() -> None:
    x, label, _ = gaussians(300, 1)
    fit = cross_fit(QUICK | {"steps": 25}, x, label, 2).fit
    halves = mean_over_images(fit, 2)
    assert np.allclose(halves.score, (fit.score[:300] + fit.score[300:]) / 2)
    assert halves.n_train == fit.n_train
    assert halves.posterior_std is None
