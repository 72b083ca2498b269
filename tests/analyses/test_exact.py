"""Learned weights against exact ones."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from ultimetric.analyses.exact import agreement, beyond_in_tail, recovered, slope, slope_error
from ultimetric.classifiers.weighing import calibrate
from ultimetric.statistics.auc import auc


def shifted(events: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels and exact log w of normal numbers around 0 and 1, truth first."""
    label = np.repeat([1, 0], events).astype(np.int8)
    x = np.random.default_rng(seed).standard_normal(2 * events) + (label == 0)
    return label, 0.5 - x


def weights_of(score: np.ndarray, label: np.ndarray) -> SimpleNamespace:
    fields = {"score": score[:, None], "logit": score, "fold": np.arange(len(score))[:, None] % 5}
    sides = (SimpleNamespace(w=np.exp(score[label == k])) for k in (1, 0))
    truth, sample = sides
    return SimpleNamespace(
        label=label, group=None, joined=fields.__getitem__, truth=truth, sample=sample
    )


def test_slope_by_hand() -> None:
    learned = np.arange(40.0)
    assert slope(learned, 0.5 + 2 * learned) == pytest.approx(2)
    rng = np.random.default_rng(0)
    learned = rng.exponential(size=40_000)
    # The mean square of the noise around the line is 2, learned's variance is 1.
    noisy = slope(learned, learned * rng.exponential(size=40_000))
    assert abs(noisy - 1) < 4 * np.sqrt(24 / 40_000)


@pytest.mark.slow
def test_error_of_a_slope_is_its_spread() -> None:
    """Weights of exact scores, calibrated on the events themselves."""
    slopes, errors = [], []
    for seed in range(30):
        label, log_w = shifted(800, seed)
        weights = weights_of(log_w, label)
        logit = calibrate(weights.joined("score"), label.astype(float), weights.joined("fold"))[0]
        sample = label == 0
        slopes.append(slope(np.exp(logit[sample]), np.exp(log_w[sample])))
        errors.append(slope_error(weights, log_w, np.random.default_rng(seed)))
    assert 0.6 < np.median(errors) / np.std(slopes, ddof=1) < 1.5


@pytest.mark.slow
def test_copies_count_as_one_in_the_error_of_a_slope() -> None:
    """The slope of all events four times is as uncertain as that of the events."""
    label, log_w = shifted(500, seed=1)
    once = weights_of(log_w, label)
    label, log_w = np.repeat(label, 4), np.repeat(log_w, 4)
    copies = weights_of(log_w, label)
    copies.group = np.repeat(np.arange(1000), 4)
    fold = np.repeat(once.joined("fold"), 4, axis=0)
    copies.joined = {"score": log_w[:, None], "logit": log_w, "fold": fold}.__getitem__
    expected, found = (
        slope_error(weights, weights.joined("logit"), np.random.default_rng(3))
        for weights in (once, copies)
    )
    assert found == pytest.approx(expected, rel=0.3)


@pytest.mark.slow
def test_exact_scores_recover_all() -> None:
    label, log_w = shifted(3000, seed=1)
    numbers = recovered(weights_of(log_w, label), log_w, np.random.default_rng(1))
    for name in ("auc_ratio", "auc_excess_ratio", "jsd_ratio"):
        assert numbers[name].value == pytest.approx(1)
        assert numbers[name].error == pytest.approx(0, abs=1e-6)
    assert numbers["weight_slope"].value == pytest.approx(1)
    assert numbers["exact_auc"].value == auc(label, log_w)
    flat = recovered(weights_of(np.zeros(6000), label), log_w, np.random.default_rng(1))
    assert "weight_slope" not in flat
    assert flat["jsd_ratio"].value == pytest.approx(0)
    steep = agreement(weights_of(2 * log_w, label), log_w)
    assert steep["rms_log_w"].value == pytest.approx(np.sqrt((log_w**2).mean()))
    assert steep["correlation_log_w"].value == pytest.approx(1)
    noise = np.random.default_rng(2).normal(size=6000)
    blind = recovered(weights_of(noise, label), log_w, np.random.default_rng(1))
    assert abs(blind["auc_excess_ratio"].value) < 4 * blind["auc_excess_ratio"].error < 0.3


def test_a_cut_sample_has_no_slope_but_a_tail() -> None:
    """Of 1000 truth entries 8 lie where the sample has nothing; 6 of them have the largest w."""
    label = np.repeat([1, 0], 1000).astype(np.int8)
    log_w = np.full(2000, np.log(0.992))
    log_w[:8] = np.inf
    score = np.random.default_rng(2).normal(size=2000)
    score[:6], score[6:8] = 10, -10
    weights = weights_of(score, label)
    numbers = recovered(weights, log_w, np.random.default_rng(1))
    assert "weight_slope" not in numbers
    assert numbers["exact_auc"].value == pytest.approx(0.504)
    assert all(np.isfinite(numbers[x].value) for x in ("auc_ratio", "jsd_ratio"))
    tail = beyond_in_tail(weights, log_w[:1000])
    assert tail.value == 6
    assert tail.note == "of the 8 truth entries of largest w; 0.064 by chance"
