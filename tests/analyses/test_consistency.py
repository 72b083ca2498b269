"""Mean log posteriors of samples, from exact posteriors of normal distributions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from given import by_name, dataset_of, sample_of
from scipy.special import log_softmax
from scipy.stats import norm

from ultimetric.analyses.consistency import Consistency, mean_log_posterior
from ultimetric.analyses.given import Given
from ultimetric.classifiers.joint import JointFit
from ultimetric.classifiers.joint_scores import JointScores, write_joint
from ultimetric.classifiers.weights import History
from ultimetric.kinds.showers.kind import Showers

# Classes of one dimension: truth, then samples that shift the mean.
MEANS = np.array([0.0, 0.0, 0.7, 2.0])
NAMES = ["same", "near", "far"]
N = 3000
NO_HISTORY = History(np.arange(1), np.zeros((1, 1, 5)), np.zeros((1, 1, 5)))


def exact_scores(seed: int) -> JointScores:
    """The exact log posteriors of one block."""
    label = np.repeat(np.arange(4), N)
    x = np.random.default_rng(seed).normal(MEANS[label])
    posterior = log_softmax(norm.logpdf(x[:, None], MEANS), axis=1)
    fit = JointFit(posterior[:, None], NO_HISTORY, 7 * len(label) // 10)
    return JointScores(NAMES, label, np.zeros((len(label), 1), int), fit)


def test_mean_log_posteriors_are_those_of_gaussians(eplus: Showers, tmp_path: Path) -> None:
    """<log p_k / (p_1 + p_2 + p_3)>, integrated: the class of truth is divided out."""
    write_joint(tmp_path / "joint.hdf5", exact_scores(1))
    scores = {("m", "f"): [tmp_path / "joint.hdf5"]}
    samples = [sample_of(name, eplus[:1]) for name in NAMES]
    dataset = dataset_of("d", eplus[:1], *samples, scores=scores)
    table = Consistency({}).result(Given({"d": dataset}, 1)).table
    assert len(table) == 3 + 9
    assert {(r.dataset, r.method, r.inputs) for r in table.itertuples()} == {("d", "m", "f")}
    rows = {name: by_name(table[table["sample"] == name]) for name in NAMES}
    grid = np.linspace(-8, 10, 4001)
    posterior = log_softmax(norm.logpdf(grid[:, None], MEANS)[:, 1:], axis=1)
    for i, mean in enumerate(MEANS):
        expected = (norm.pdf(grid - mean)[:, None] * posterior).sum(0) * (grid[1] - grid[0])
        for name, value in zip(NAMES, expected, strict=True):
            of, key = (name, "log_posterior") if i == 0 else (NAMES[i - 1], f"consistency:{name}")
            assert rows[of][key].value == pytest.approx(value, abs=4 * rows[of][key].error_test)
    of_truth = [rows[name]["log_posterior"] for name in NAMES]
    of_same = [rows["same"][f"consistency:{name}"] for name in NAMES]
    for a, b in zip(of_truth, of_same, strict=True):
        assert abs(a.value - b.value) < 4 * np.hypot(a.error_test, b.error_test)
    for name in NAMES[1:]:
        assert max(NAMES, key=lambda x: rows[name][f"consistency:{x}"].value) == name
    one = rows["near"]["log_posterior"]
    assert (one.n_test, one.n_train, one.repeats) == (N, 7 * 4 * N // 10, 1)
    assert one.error_train == pytest.approx(np.sqrt(2 / 7) * one.error_test)


def test_errors_of_a_mean_log_posterior_by_hand() -> None:
    """Two showers, two repeats, two samples that share evenly or as 1 to 3."""
    even, odd = np.log([0.5, 0.25, 0.25]), np.log([0.2, 0.2, 0.6])
    half, quarter, rest = np.log([0.5, 0.25, 0.75])
    first, second = mean_log_posterior(np.array([[even, odd], [even, odd]]))
    assert first.value == pytest.approx((half + quarter) / 2)
    assert second.value == pytest.approx((half + rest) / 2)
    # All showers agree, repeats do not: their difference is that of two means.
    assert first.error_test == pytest.approx(0)
    assert first.error_train == pytest.approx((half - quarter) / 2)
    assert second.error == pytest.approx((rest - half) / 2)
    first, _ = mean_log_posterior(np.array([[even, even], [odd, odd]]))
    assert first.error_test == pytest.approx((half - quarter) / 2)
    # What other training showers would give: 2/7 of the variance of a repeat.
    assert first.error_train == pytest.approx(np.sqrt(2 / 7) * first.error_test)
    assert first.n_test == 2
