"""A classifier test in closed form: two normal distributions of unit width."""

from __future__ import annotations

import numpy as np
from given import given_of

from ultimetric.analyses.given import Given
from ultimetric.classifiers.base import CrossFit
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.weighing import weigh
from ultimetric.classifiers.weights import History, Weights
from ultimetric.kinds.showers.kind import Showers

TEST = ("dnn", "energies")
N = 1000  # entries of the truth


def scores(shift: float, seed: int, n_sample: int = 800, repeats: int = 2) -> Scores:
    """The exact log ratio of means that differ by `shift`, with noise in each repeat."""
    rng = np.random.default_rng(seed)
    x = np.r_[rng.normal(shift, 1, N), rng.normal(0, 1, n_sample)]
    label = np.r_[np.ones(N), np.zeros(n_sample)].astype(np.int8)
    exact = shift * x - shift**2 / 2
    score = exact[:, None] + 0.1 * rng.normal(size=(len(x), repeats))
    history = History(np.array([1]), np.zeros((1, repeats, 5)), np.zeros((1, repeats, 5)))
    fold = np.tile(np.arange(len(x))[:, None] % 5, repeats)
    return Scores(label, fold, CrossFit(score.astype(np.float32), history, 70))


def weights(shift: float, seed: int, n_sample: int = 800, repeats: int = 2) -> Weights:
    """Their weights."""
    return weigh(scores(shift, seed, n_sample, repeats), seed)


def given_weights(found: Weights, showers: Showers) -> Given:
    """1000 and 800 showers, whatever they are, with these weights."""
    return given_of(showers[:N], showers[N : N + 800], {TEST: found})
