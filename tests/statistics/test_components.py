"""Errors of numbers that are means over repeats of the training: their pulls are 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from ultimetric.statistics.auc import auc_components, jsd_components
from ultimetric.statistics.components import Components

SHIFT, N, REPEATS, TRIALS = 1.0, 150, 5, 400
LABEL = np.r_[np.ones(N), np.zeros(N)]
ANGLE = 0.8, 0.2  # mean and spread
Scores = Callable[[np.random.Generator], np.ndarray]


def signal(rng: np.random.Generator) -> np.ndarray:
    return np.r_[rng.normal(SHIFT, 1, N), rng.normal(0, 1, N)]


def noise(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(2 * N, REPEATS))


def noisy(rng: np.random.Generator) -> np.ndarray:
    """AUC = Phi(SHIFT / sqrt(2 (1 + 1.5^2)))."""
    return signal(rng)[:, None] + 1.5 * noise(rng)


def identical(rng: np.random.Generator) -> np.ndarray:
    return np.repeat(signal(rng)[:, None], REPEATS, axis=1)


def turned(rng: np.random.Generator) -> np.ndarray:
    """Each repeat looks at its own angle t to the signal: AUC = Phi(SHIFT cos t / sqrt 2)."""
    angle = rng.normal(*ANGLE, size=REPEATS)
    return np.outer(signal(rng), np.cos(angle)) + np.outer(rng.normal(size=2 * N), np.sin(angle))


def over_angles(function: Callable[[float], float]) -> float:
    return quad(lambda t: norm.pdf(t, *ANGLE) * function(t), -1, 3)[0]


def auc_at(angle: float) -> float:
    return float(norm.cdf(SHIFT * np.cos(angle) / np.sqrt(2)))


EXACT = {
    noise: 0.5,
    noisy: norm.cdf(SHIFT / np.sqrt(2 * 3.25)),
    identical: norm.cdf(SHIFT / np.sqrt(2)),
    turned: over_angles(auc_at),
}


def trials(scores: Scores, kind: Callable[..., Components]) -> list[Components]:
    return [kind(LABEL, scores(np.random.default_rng(seed))) for seed in range(TRIALS)]


@pytest.mark.slow
@pytest.mark.parametrize("scores", EXACT, ids=lambda scores: scores.__name__)
def test_pulls_of_the_auc(scores: Scores) -> None:
    """A variance of the training that is not below 0 makes errors a little large, never small."""
    found = trials(scores, auc_components)
    errors = np.hypot(*np.transpose([(x.error_test, x.error_repeats) for x in found]))
    pulls = (np.array([x.value for x in found]) - EXACT[scores]) / errors
    assert abs(pulls.mean()) < 4 / np.sqrt(TRIALS)
    assert 0.85 < np.sqrt(np.mean(pulls**2)) < 1.1


def test_pulls_of_the_jsd() -> None:
    """The mean of the cross-entropy of logits with noise, by a sum over very many showers."""
    rng = np.random.default_rng(1)
    exact = np.mean([jsd_components(LABEL, noisy(rng)).value for _ in range(4000)])
    found = trials(noisy, jsd_components)
    pulls = [(x.value - exact) / np.hypot(x.error_test, x.error_repeats) for x in found]
    assert 0.85 < np.sqrt(np.mean(np.square(pulls))) < 1.1


def test_the_spread_over_repeats_is_not_counted_twice() -> None:
    """Noise of single showers spreads an AUC over repeats, but is no error of the training."""
    found = trials(noise, auc_components)
    spread = np.mean([x.values.var(ddof=1) for x in found]) / REPEATS
    assert np.mean([x.error_test**2 for x in found]) == pytest.approx(spread, rel=0.1)
    assert np.mean([x.error_repeats**2 for x in found]) < 0.3 * spread


def test_error_of_the_training() -> None:
    """Variance of Phi(SHIFT cos t / sqrt 2) over angles t, over the number of repeats."""
    exact = (over_angles(lambda t: auc_at(t) ** 2) - over_angles(auc_at) ** 2) / REPEATS
    found = [x.error_repeats**2 for x in trials(turned, auc_components)]
    assert np.mean(found) == pytest.approx(exact, rel=0.15)


def test_identical_repeats_have_no_error_of_the_training() -> None:
    found = trials(identical, auc_components)[0]
    one = auc_components(LABEL, identical(np.random.default_rng(0))[:, 0])
    assert found.error_repeats == 0
    assert found.error_test == pytest.approx(one.error_test)
    assert np.isnan(one.error_repeats)


@pytest.mark.parametrize("kind", [auc_components, jsd_components])
@pytest.mark.parametrize("copies", [1, 4])
def test_copies_count_once(kind: Callable[..., Components], copies: int) -> None:
    """51 showers, each four times, have the errors of 51."""
    rng = np.random.default_rng(3)
    score = rng.normal(size=(251, 3)) + rng.normal(size=(251, 1))
    label = np.r_[np.ones(200), np.zeros(51)]
    rows = np.r_[np.arange(200), np.repeat(np.arange(200, 251), copies)]
    alone = kind(label, score)
    found = kind(label[rows], score[rows], group=rows)
    assert found.values == pytest.approx(alone.values)
    assert found.error_test == pytest.approx(alone.error_test)
    assert found.error_repeats == pytest.approx(alone.error_repeats, abs=1e-9)
    if copies > 1:
        assert kind(label[rows], score[rows]).error_test < 0.8 * alone.error_test
    difference = found.minus(kind(label[rows], -score[rows], group=rows), (True, False))
    apart = alone.minus(kind(label, -score), (True, False))
    assert difference.error_test == pytest.approx(apart.error_test)


def test_copies_of_the_truth_have_no_error() -> None:
    """What truth and copied sample showers add to an AUC cancels."""
    score = np.random.default_rng(4).normal(size=(50, 2))
    label, group = np.repeat([1, 0], 50), np.tile(np.arange(50), 2)
    found = auc_components(label, np.r_[score, score], group=group)
    assert (found.value, found.error_test) == (0.5, pytest.approx(0, abs=1e-12))


def test_error_of_other_training_showers() -> None:
    """2/7 of the variance of one repeat: 0.2 of the showers are tested by what 0.7 have taught."""
    score = noise(np.random.default_rng(5))
    found = auc_components(LABEL, score)
    each = [auc_components(LABEL, column).error_test for column in score.T]
    assert found.error_events(2 / 7) == pytest.approx(np.sqrt(2 / 7 * np.mean(np.square(each))))
    assert found.error_train(2 / 7) == pytest.approx(
        np.hypot(found.error_repeats, found.error_events(2 / 7))
    )
    one = auc_components(LABEL, score[:, 0])
    assert (
        one.error_train(2 / 7)
        == one.error_events(2 / 7)
        == pytest.approx(np.sqrt(2 / 7) * one.error_test)
    )


def test_two_way_layout_by_hand() -> None:
    """Interactions +-1/2 of two showers and two repeats: mean square 1, so 1/2 of the spread."""
    x = np.array([[1.0, 0.0], [2.0, 3.0]])
    assert Components(x.mean(0), (x,)).error_repeats == 0  # both means are 3/2
    shifted = x + np.array([0, 3])
    found = Components(shifted.mean(0), (shifted,))
    assert found.error_test == pytest.approx(np.sqrt((4.0 - 2.0) ** 2 / 2 / 2))
    assert found.error_repeats == pytest.approx(np.sqrt((3**2 / 2 - 1 / 2) / 2))


@pytest.mark.slow
def test_differences_of_tests_that_share_showers() -> None:
    """Two noisy looks at the same truth: the pull is 1, and the error below the unpaired one."""
    pulls, smaller = [], []
    for seed in range(TRIALS):
        rng = np.random.default_rng(seed)
        truth, samples = rng.normal(SHIFT, 1, N), rng.normal(size=(2, N))
        first, second = (
            auc_components(LABEL, np.r_[truth, sample][:, None] + noise(rng)) for sample in samples
        )
        difference = first.minus(second, (True, False))
        pulls.append(difference.value / np.hypot(difference.error_test, difference.error_repeats))
        apart = first.minus(second, (False, False))
        assert apart.error_test == pytest.approx(np.hypot(first.error_test, second.error_test))
        smaller.append(difference.error_test / apart.error_test)
    assert 0.85 < np.sqrt(np.mean(np.square(pulls))) < 1.1
    assert np.mean(smaller) < 0.85
