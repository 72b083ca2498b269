"""Gaussians whose ratio is known, and dense networks that learn it quickly."""

from __future__ import annotations

import numpy as np
import yaml
from places import PACKAGE

from ultimetric.classifiers.dnn import Dnn
from ultimetric.classifiers.folds import assign_fold_parts
from ultimetric.classifiers.scores import Scores

CARDS = PACKAGE / "classifiers" / "dnn.yaml"
CPU = yaml.safe_load(CARDS.read_text())["cpu"]
QUICK = CPU | {"hidden": [32, 32], "steps": 400, "batch": 256, "lr": 5e-3, "log_floor": None}
del QUICK["early_stop"]


def fold_parts_of(label: np.ndarray, repeats: int) -> np.ndarray:
    groups = np.arange(len(label))
    return np.stack([assign_fold_parts(label, groups, seed) for seed in range(repeats)], axis=1)


def cross_fit(card: dict, x: np.ndarray, label: np.ndarray, repeats: int) -> Scores:
    fold_parts = fold_parts_of(label, repeats)
    fit = Dnn(card).cross_fit(x.astype(np.float32), label, fold_parts, list(range(repeats)))
    return Scores(label, fold_parts // 2, fit)


def gaussians(n: int, seed: int, shift: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2 * n, 3))
    x[:n, 0] += shift
    label = np.r_[np.ones(n), np.zeros(n)]
    return x, label, shift * x[:, 0] - shift**2 / 2
