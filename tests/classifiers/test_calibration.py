"""Calibrated logits, and files of scores and weights, against what is known exactly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gaussians import gaussians
from scipy.special import expit

from ultimetric.classifiers import weights as files
from ultimetric.classifiers.base import CrossFit
from ultimetric.classifiers.calibration import (
    calibration_error,
    cross_calibrate,
    isotonic,
    platt,
)
from ultimetric.classifiers.scores import Scores, joined_scores, read_scores, write_scores
from ultimetric.classifiers.weighing import weigh
from ultimetric.classifiers.weights import History


def test_platt_recovers_a_stretched_logit() -> None:
    _, label, exact = gaussians(20_000, 6)
    calibration = platt(3 * exact + 1, label)
    assert calibration(3 * exact + 1) == pytest.approx(exact, abs=0.1)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e9])
@pytest.mark.parametrize("counts", [(520, 480, 990, 1010), (1, 99, 200, 0)])
def test_platt_of_two_scores(scale: float, counts: tuple[int, int, int, int]) -> None:
    """A line through two points: the weighted odds of Platt's targets at each score."""
    above, below, samples_above, samples_below = counts  # truth and sample at two scores
    if above / (above + below) < samples_above / (samples_above + samples_below):
        above, samples_above, below, samples_below = below, samples_below, above, samples_above
    truth, sample = above + below, samples_above + samples_below
    label = np.repeat([1, 0], [truth, sample])
    score = scale * np.repeat([1.0, 0.0, 1.0, 0.0], [above, below, samples_above, samples_below])
    high, low = (truth + 1) / (truth + 2), 1 / (sample + 2)

    def odds(n_truth: int, n_sample: int) -> float:
        share, other = n_truth / truth, n_sample / sample
        return (share * high + other * low) / (share * (1 - high) + other * (1 - low))

    exact = np.log([odds(above, samples_above), odds(below, samples_below)])
    found = platt(score, label)(scale * np.array([1.0, 0.0]))
    assert found == pytest.approx(exact, rel=1e-6, abs=1e-9)


def test_equal_logits_share_a_bin() -> None:
    """Of a classifier that learned nothing, the calibration error is that of one bin."""
    label = np.r_[np.ones(300), np.zeros(100)]
    assert calibration_error(np.zeros(400), label, 1)[0] == pytest.approx(0, abs=1e-12)
    error = calibration_error(np.full(400, np.log(3)), label, 1)[0]
    assert error == pytest.approx(expit(2 * np.log(3)) - 0.75)


def test_platt_never_turns_a_score_round() -> None:
    _, label, exact = gaussians(2000, 7)
    assert np.array_equal(platt(-exact, label)(np.array([-3.0, 3.0])), [0.0, 0.0])


def test_isotonic_is_clipped() -> None:
    label = np.r_[np.ones(50), np.zeros(50)]
    score = np.r_[np.ones(50), -np.ones(50)]
    c = expit(isotonic(score, label)(np.array([-9.0, 9.0])))
    assert c == pytest.approx([1 / 102, 1 - 1 / 102])


def test_no_shower_calibrates_itself() -> None:
    """Moving one shower's label does not move its own calibrated logit."""
    _, label, exact = gaussians(200, 8)
    fold = np.arange(400) % 5
    before = cross_calibrate(platt, exact, label, fold)[0]
    flipped = label.copy()
    flipped[7] = 1 - flipped[7]
    after = cross_calibrate(platt, exact, flipped, fold)[0]
    same = fold == fold[7]
    assert np.array_equal(before[same], after[same])
    assert not np.array_equal(before[~same], after[~same])


@pytest.mark.parametrize("stretch", [0.0, 1.0])
def test_calibration_error_of_a_perfect_classifier(stretch: float) -> None:
    """At most one in five of perfectly calibrated classifiers is above the 95 % limit."""
    above = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        logit = stretch * rng.normal(size=1000)
        label = (rng.random(1000) < expit(logit)).astype(float)
        error, limit = calibration_error(logit, label, seed)
        above += error > limit
    assert above <= 8


def test_calibration_error_finds_overconfidence() -> None:
    _, label, exact = gaussians(2000, 9)
    error, limit = calibration_error(3 * exact, label, 1)
    assert error > 2 * limit


def test_score_and_weight_files(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    label = np.r_[np.ones(30), np.zeros(20)].astype(np.int8)
    blocks = []
    for i in range(2):
        losses = rng.random((2, 2, 2, 5))
        history = History(np.array([1, 2]), *losses, rng.integers(1, 3, (2, 5)))
        fit = CrossFit(rng.normal(size=(50, 2)).astype(np.float32), history, 35)
        write_scores(tmp_path / f"{i}.hdf5", Scores(label, rng.integers(0, 5, (50, 2)), fit))
        blocks.append(fit)
    scores = joined_scores([read_scores(tmp_path / f"{i}.hdf5") for i in range(2)])
    assert np.array_equal(scores.fit.score, np.c_[blocks[0].score, blocks[1].score])
    assert scores.fit.history.train.shape == (2, 4, 5)
    assert np.array_equal(
        scores.fit.history.chosen, np.r_[blocks[0].history.chosen, blocks[1].history.chosen]
    )
    weights = weigh(scores, seed=1)
    files.write_weights(tmp_path / "w.hdf5", {("dnn", "energies"): weights})
    assert files.tests_in(tmp_path / "w.hdf5") == [("dnn", "energies")]
    again = files.read_weights(tmp_path / "w.hdf5", "dnn", "energies")
    assert np.array_equal(again.truth.w, weights.truth.w)
    assert len(again.sample.w) == 20
    assert np.array_equal(again.history.chosen, weights.history.chosen)
    assert (again.ece, again.ece_limit, again.n_train) == (weights.ece, weights.ece_limit, 35)
    assert again.pvalue == weights.pvalue
