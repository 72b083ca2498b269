"""Answers in bins of incident energy against closed forms."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from given import given_of, rows_of
from scipy.stats import norm

from ultimetric.analyses.given import Given
from ultimetric.analyses.local import Bin, Local, condition_bins, local_numbers
from ultimetric.analyses.numbers import Number
from ultimetric.classifiers.weights import History, Side, Weights
from ultimetric.data.spectra import equal_bins
from ultimetric.errors import UserError
from ultimetric.histograms import bin_numbers
from ultimetric.kinds.observables import Condition
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.statistics.auc import auc

LIMITS = (0.1, 2.0)
ENERGY = Condition("E_inc", "$E$", "incident energies", "GeV")
FLAVOUR = Condition("flavour", "flavour", "flavours", classes=("gluon", "top", "W"))


def side(score: np.ndarray) -> Side:
    """Weights of scores (N, R) whose mean is an exact log w."""
    logit = score.mean(1, dtype=np.float64)
    spread = np.zeros(len(score))
    fold = np.arange(len(score))[:, None] % 5 * np.ones(score.shape[1], int)
    index = np.arange(len(score))
    return Side(index, fold, score, logit, spread, np.exp(logit), spread)


def weights_of(truth: np.ndarray, sample: np.ndarray) -> Weights:
    empty = History(np.arange(1), np.zeros((1, 2, 5)), np.zeros((1, 2, 5)))
    return Weights(side(truth), side(sample), empty, 70, 0.0, 1.0, 1.0)


def gaussians(shift: np.ndarray, seed: int, noise: float = 0.0) -> tuple[Weights, np.ndarray]:
    """One truth and one sample shower per shift, and the exact log w with noise of two repeats.

    Truth is N(shift, 1), the sample N(0, 1), log w = shift x - shift^2 / 2.
    """
    rng = np.random.default_rng(seed)
    sides = []
    for mean in (shift, 0.0):
        log_w = shift * rng.normal(mean, 1, len(shift)) - shift**2 / 2
        sides.append(log_w[:, None] + noise * rng.normal(size=(len(shift), 2)))
    return weights_of(*sides), np.r_[shift, shift]


def in_bins(
    weights: Weights, condition: np.ndarray, edges: np.ndarray, names: list[Bin]
) -> dict[str, Number]:
    """Local numbers by metric and bin."""
    found = local_numbers(weights, bin_numbers(condition, edges), names, LIMITS)
    assert {(observable, name) for _, observable, name in found} == set(names)
    return {f"{metric}:{name}": number for (metric, _, name), number in found.items()}


def numbers(weights: Weights, energy: np.ndarray, edges: np.ndarray) -> dict[str, Number]:
    """Local numbers in bins of the incident energy with given edges."""
    names = [("E_inc", f"{low:.4g}-{high:.4g}") for low, high in pairwise(edges)]
    return in_bins(weights, energy, edges, names)


def given_tests(showers: Showers, **tests: Weights) -> Given:
    weights = {("dnn", name): weights for name, weights in tests.items()}
    return given_of(showers, showers, weights)


@pytest.mark.slow
def test_a_shift_that_grows_with_energy(coarse: Geometry) -> None:
    """In each bin: AUC = Phi(s / sqrt 2), E log w = -s^2 / 2, and tails of a normal log w."""
    n = 20_000
    energy = np.random.default_rng(1).permutation(np.repeat([10.0, 30, 50, 70, 90], n))
    energy += np.random.default_rng(2).uniform(-9, 9, len(energy))
    shift = 0.4 * np.ceil(energy / 20)
    weights, _ = gaussians(shift, 3)
    kind = ShowerKind.of(coarse)
    showers = Showers(kind, energy, np.zeros((len(energy), 60), np.float32))
    rows = rows_of(Local({}), given_tests(showers, energies=weights))
    assert len(rows) == 20
    names = [x.removeprefix("local_auc:") for x in rows if x.startswith("local_auc:")]
    assert names == [
        "E_inc:1-20.6",
        "E_inc:20.6-40.2",
        "E_inc:40.2-59.8",
        "E_inc:59.8-79.4",
        "E_inc:79.4-99",
    ]
    for bin_name, s in zip(names, 0.4 * np.arange(1, 6), strict=True):
        exact = {
            "auc": norm.cdf(s / np.sqrt(2)),
            "mean_log_w": -(s**2) / 2,
            "tail_low": norm.cdf((np.log(0.1) + s**2 / 2) / s),
            "tail_high": norm.sf((np.log(2) + s**2 / 2) / s),
        }
        for metric, value in exact.items():
            row = rows[f"local_{metric}:{bin_name}"]
            assert row.value == pytest.approx(value, abs=4 * row.error + 1e-6)
            assert 0 < row.error < 0.02
            assert (row.method, row.inputs, row.repeats) == ("dnn", "energies", 2)
            assert row.n_test == (2 * n if metric == "auc" else n)
        mean = rows[f"local_mean_log_w:{bin_name}"]
        assert mean.error_test == pytest.approx(s / np.sqrt(n), rel=0.03)
        note = rows[f"local_tail_low:{bin_name}"].note
        assert note.startswith("w < 0.1; truth ")
        truth = norm.cdf((np.log(0.1) - s**2 / 2) / s)
        assert float(note.split()[-1]) == pytest.approx(truth, abs=4 * np.sqrt(truth / n) + 1e-4)


def test_numbers_by_hand() -> None:
    """Two bins; the second has one truth shower, too few for an error of the AUC."""
    truth = np.array([[3.0, 1], [2, 3], [5, 5]])
    sample = np.array([[1.0, 2], [0, 0], [-4, -4], [-2, -2], [1, 1]])
    energy = np.array([1.0, 2, 10, 1, 2, 10, 11, 12])
    weights = weights_of(truth, sample)
    found = numbers(weights, energy, np.array([1.0, 5, 12]))
    first = found["local_auc:1-5"]
    assert first.value == 1.0  # means 2 and 2.5 against 1.5 and 0
    each = [auc(np.array([1, 1, 0, 0]), column[[0, 1, 3, 4]]) for column in np.r_[truth, sample].T]
    assert each == [1.0, 0.75]
    # Four showers alone spread 1 and 0.75; the variances of single repeats are 0 and 1/8.
    assert first.error_train == pytest.approx(np.sqrt(2 / 7 / 16))
    assert first.n_test == 4
    assert np.isnan(found["local_auc:5-12"].value)
    assert found["local_mean_log_w:1-5"].value == 0.75
    assert found["local_mean_log_w:1-5"].error_test == pytest.approx(0.75)
    assert found["local_mean_log_w:5-12"].value == pytest.approx(-5 / 3)
    low = found["local_tail_low:5-12"]
    assert low.value == pytest.approx(1 / 3)  # log 0.1 = -2.3
    assert low.error_test == pytest.approx(np.sqrt(1.5 * 2.5 / (4**2 * 5)))
    assert low.note == "w < 0.1; truth 0"
    high = found["local_tail_high:5-12"]
    assert (high.value, high.note) == (pytest.approx(1 / 3), "w > 2; truth 1")
    nobody = found["local_tail_low:1-5"]
    assert nobody.value == 0
    assert nobody.error_test == pytest.approx(np.sqrt(0.5 * 2.5 / (3**2 * 4)))


@pytest.mark.slow
def test_error_from_the_training() -> None:
    """Repeats that differ by an offset spread a bin's mean by it; noise of single showers does
    not, which is their own error. 2/7 of the variance of one repeat is that of other showers."""
    offset, noise = [], []
    for seed in range(60):
        weights, energy = gaussians(np.full(400, 1.0), seed, noise=1.0)
        exact = weights.joined("score").mean(1, keepdims=True)
        shift = np.random.default_rng(seed).normal(size=2)
        moved = weights_of(*np.split((exact + shift).astype(np.float32), 2))
        for errors, some in ((noise, weights), (offset, moved)):
            number = numbers(some, energy, np.array([0.5, 1.5]))
            errors.append(number["local_mean_log_w:0.5-1.5"].error_train)
    # Platt's slope brings the noisy score back to log w: 1 / (1 + 0.5) of it.
    slope = 1 / 1.5
    assert np.sqrt(np.mean(np.square(offset))) == pytest.approx(slope / np.sqrt(2), rel=0.25)
    # Each repeat has the variance 1 of the exact log w and that of its noise, 1.
    events = 2 / 7 * slope**2 * (1 + 1) / 400
    spread = slope**2 / 2 / 400
    assert 0 < np.mean(np.square(noise)) - events < 0.5 * spread


def test_bins_hold_equal_numbers_of_truth() -> None:
    energy = np.random.default_rng(4).exponential(10, 1000)
    assert np.histogram(energy, equal_bins(energy, 8))[0].tolist() == [125] * 8


def test_single_energies() -> None:
    """Edges that coincide are one and lie between energies, whose last digits may differ; a test
    beam of one energy is one bin.
    """
    several = np.repeat([1.0, 2, 4, 8, 16, 32], [50, 10, 10, 10, 10, 10])
    assert equal_bins(several, 5) == pytest.approx([1, np.sqrt(2), np.sqrt(8), np.sqrt(128), 32])
    powers = np.repeat(2.0 ** np.arange(15), 40)
    edges, rounded = equal_bins(powers, 5), powers * (1 + 1e-6 * np.tile([-1, 1], 300))
    assert edges[1:-1] == pytest.approx(2.0 ** np.array([2.5, 5.5, 8.5, 11.5]))
    np.testing.assert_array_equal(bin_numbers(rounded, edges), bin_numbers(powers, edges))
    assert equal_bins(np.repeat([-1.0, 0.0], 20), 2).tolist() == [-1, -0.5, 0]
    weights, _ = gaussians(np.full(50, 1.0), 5)
    energy = np.full(100, 50.0)
    edges, names = condition_bins(ENERGY, energy, 5)
    assert names == [("E_inc", "50-50")]
    found = in_bins(weights, energy, edges, names)
    assert found["local_auc:50-50"].n_test == 100


def test_what_lies_outside_belongs_to_the_end_bins() -> None:
    weights, _ = gaussians(np.full(4, 1.0), 6)
    energy = np.array([1.0, 2, 3, 4, 0.1, 1.5, 3.5, 99])
    found = numbers(weights, energy, np.array([1.0, 2.5, 4]))
    assert [found[f"local_auc:{x}"].n_test for x in ("1-2.5", "2.5-4")] == [4, 4]


def test_large_energies_have_no_exponent() -> None:
    energy = np.repeat([262.144, 1048.576, 4194.304], [1, 4, 4])
    assert condition_bins(ENERGY, energy, 2)[1] == [
        ("E_inc", "262-2100"),
        ("E_inc", "2100-4190"),
    ]


def test_each_class_is_a_bin() -> None:
    """Weights that know of the second class only; the third has no entry of the sample."""
    truth, sample = np.array([0.0, 0, 1, 1, 2]), np.array([0.0, 0, 1, 1])
    scores = [np.r_[0.0, 0, 3, 4, 1], np.r_[0.0, 0, -3, 1]]
    weights = weights_of(*(x[:, None] for x in scores))
    edges, names = condition_bins(FLAVOUR, truth, 5)
    assert names == [("flavour", "gluon"), ("flavour", "top"), ("flavour", "W")]
    found = in_bins(weights, np.r_[truth, sample], edges, names)
    assert [found[f"local_auc:{name}"].value for name in ("gluon", "top")] == [0.5, 1.0]
    assert [found[f"local_mean_log_w:{name}"].value for name in ("gluon", "top")] == [0, -1]
    assert found["local_tail_low:top"].value == found["local_tail_high:top"].value == 0.5
    assert found["local_tail_low:W"].n_test == 0
    assert np.isnan(found["local_auc:W"].value)


def test_without_a_condition_there_is_one_bin() -> None:
    weights, _ = gaussians(np.full(50, 1.0), 8)
    edges, names = condition_bins(None, np.zeros(50), 5)
    assert names == [("", "all")]
    found = in_bins(weights, np.zeros(100), edges, names)
    assert [x.removesuffix(":all") for x in found] == [
        "local_auc",
        "local_mean_log_w",
        "local_tail_low",
        "local_tail_high",
    ]
    assert found["local_auc:all"].n_test == 100
    assert found["local_auc:all"].value == auc(weights.label, weights.joined("score").mean(1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bins": 4}, "bins must be at least 5"),
        ({"low": 0.0}, "0 < low < high"),
        ({"low": 3.0}, "0 < low < high"),
    ],
)
def test_options_are_checked(options: dict[str, float], message: str, coarse: Geometry) -> None:
    showers = Showers(ShowerKind.of(coarse), np.ones(1), np.zeros((1, 60), np.float32))
    with pytest.raises(UserError, match=message):
        Local(options).run(given_tests(showers))
