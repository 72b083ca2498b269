"""The numbers that decide: classifier rows, pairs, counts and what the power control says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from showers import showers_of
from ultimetric.metrics.base import MetricInputs, Row

from ultimetric.analyses.classifier import ClassifierTest, separation
from ultimetric.analyses.counts import Counts
from ultimetric.analyses.pairs import differences
from ultimetric.analyses.sensitivity import mark_insensitive
from ultimetric.classifiers.base import CrossFit
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.weighing import weigh
from ultimetric.classifiers.weights import History, Weights, write_weights
from ultimetric.kinds.showers.kind import Showers
from ultimetric.statistics.auc import auc, auc_components

TEST = ("dnn", "energies")


def weights(shift: float, seed: int, n_sample: int = 800, repeats: int = 2) -> Weights:
    """A test whose exact log ratio is that of two unit Gaussians, with noise in each repeat."""
    rng = np.random.default_rng(seed)
    x = np.r_[rng.normal(shift, 1, 1000), rng.normal(0, 1, n_sample)]
    label = np.r_[np.ones(1000), np.zeros(n_sample)].astype(np.int8)
    exact = shift * x - shift**2 / 2
    score = exact[:, None] + 0.1 * rng.normal(size=(len(x), repeats))
    history = History(np.array([1]), np.zeros((1, repeats, 5)), np.zeros((1, repeats, 5)))
    fold = np.tile(np.arange(len(x))[:, None] % 5, repeats)
    return weigh(Scores(label, fold, CrossFit(score.astype(np.float32), history, 70)), seed)


def inputs(tmp_path: Path, found: Weights, showers: Showers, **changes) -> MetricInputs:
    path = tmp_path / "w.hdf5"
    write_weights(path, {TEST: found})
    common = {"attributes": {}, "seed": 1, "others": {}} | changes
    return MetricInputs(
        "eplus", "mine", showers[:1000], showers[1000:1800], {}, {}, path, **common
    )


def by_metric(rows: list[Row]) -> dict[str, Row]:
    return {row.metric: row for row in rows}


def test_classifier_rows(tmp_path: Path, eplus: Showers) -> None:
    found = weights(1.0, 1)
    rows = by_metric(ClassifierTest({}).rows(inputs(tmp_path, found, eplus)))
    score, fold = found.joined("score").astype(float), found.joined("fold")
    each = [  # all folds have as many showers of either class
        np.mean([auc(found.label[x == k], y[x == k]) for k in range(5)])
        for x, y in zip(fold.T, score.T, strict=True)
    ]
    row = rows["auc"]
    assert row.value == pytest.approx(np.mean(each))
    components = auc_components(found.label, score, fold)
    assert row.error_test == pytest.approx(components.error_test)
    assert row.error_train == pytest.approx(components.error_train)
    for name in ("auc_ensemble", "jsd_weights"):
        assert rows[name].error == pytest.approx(np.sqrt(9 / 7) * rows[name].error_test, rel=0.1)
        assert rows[name].error_train >= 0
    assert row.error == pytest.approx(np.hypot(row.error_test, row.error_train))
    assert (row.n_train, row.n_test, row.repeats) == (70, 1800, 2)
    for name in ("mean_w_sample", "mean_inverse_w_truth"):
        assert rows[name].value == pytest.approx(1, abs=4 * rows[name].error)
    w = found.sample.w
    assert rows["effective_sample_size"].value == pytest.approx(w.sum() ** 2 / (w**2).sum())
    assert rows["jsd_weights"].value == pytest.approx(rows["jsd_calibrated"].value, abs=0.03)
    assert "ideal_auc" not in rows


def test_one_repeat_has_the_error_of_other_training_showers(
    tmp_path: Path, eplus: Showers
) -> None:
    row = by_metric(ClassifierTest({}).rows(inputs(tmp_path, weights(1.0, 1, repeats=1), eplus)))
    assert row["auc"].error_train == pytest.approx(np.sqrt(2 / 7) * row["auc"].error_test)
    assert row["auc"].error == pytest.approx(np.sqrt(9 / 7) * row["auc"].error_test)


def test_memory_and_training_size(tmp_path: Path, eplus: Showers) -> None:
    """The same sample is closer to its training truth (shift 0.2) than to unseen truth (1)."""
    files = {}
    for name, shift in (("memorisation", 0.2), ("half", 0.7), ("quarter", 0.4)):
        files[name] = tmp_path / f"{name}.hdf5"
        write_weights(files[name], {TEST: weights(shift, 2)})
    found = by_metric(
        ClassifierTest({}).rows(inputs(tmp_path, weights(1.0, 1), eplus, others=files))
    )
    difference = found["auc"].value - found["auc_training_truth"].value
    assert found["delta_auc_training_truth"].value == pytest.approx(difference, abs=1e-12)
    assert found["auc_at:0.25"].value < found["auc_at:0.5"].value < found["auc"].value


def test_pairs_of_other_sizes() -> None:
    first, second = weights(1.0, 1), weights(0.5, 1, n_sample=600)
    rows = by_metric(differences("eplus", ("a", "b"), TEST, (first, second), aligned=False))
    shown = [separation(x) for x in (first, second)]
    for metric, of_each in (("delta_auc:b", "auc"), ("delta_jsd:b", "jsd_weights")):
        delta = shown[0][of_each].value - shown[1][of_each].value
        assert rows[metric].value == pytest.approx(delta, abs=1e-12)
    assert rows["delta_jsd:b"].value > 0
    assert rows["delta_jsd:b"].error_train >= 0
    assert float(rows["delta_auc:b"].note.removeprefix("p = ")) < 1e-6


def test_pairs_of_blind_classifiers() -> None:
    blind = weights(0.0, 1)
    rows = by_metric(differences("eplus", ("a", "b"), TEST, (blind, blind), aligned=True))
    assert (rows["delta_jsd:b"].value, rows["delta_jsd:b"].note) == (0, "p = 1")


def row(sample: str, metric: str, value: float, features: str = "energies") -> Row:
    return Row("eplus", sample, "dnn", features, metric, value)


@pytest.mark.parametrize(("reached", "note"), [(0.56, ""), (0.54, "not sensitive")])
def test_the_power_control_decides(reached: float, note: str) -> None:
    """Ideal 0.6: half of its excess is 0.05."""
    rows = [
        row("control", "ideal_auc", 0.6),
        row("control", "auc", reached),
        row("mine", "auc", 0.51),
        row("mine", "jsd", 0.01),
        row("mine", "auc", 0.7, "high_level"),
    ]
    marked = mark_insensitive(rows)
    assert [r.note for r in marked] == ["", note, note, "", "no power control"]


def test_counts_by_hand(tmp_path: Path, eplus: Showers, coarse) -> None:
    sample = eplus[1000:1300]
    voxels = sample.voxels.copy()
    voxels[0] = 0
    voxels[1] = voxels[2]
    voxels[3] = eplus.voxels[5]
    voxels[4] = 2 * voxels[4]
    energy = sample.energy.copy()
    planted = showers_of(coarse, energy, voxels)
    found = by_metric(
        Counts({}).rows(
            MetricInputs("eplus", "mine", eplus[:1000], planted, {}, {}, tmp_path / "w", {}, 1)
        )
    )
    assert found["empty_showers"].value == 1
    assert found["duplicates"].value == 1
    assert found["duplicates_of_truth"].value == 1
    above = (sample.voxels.sum(1) > 1e3 * energy)[5:].sum()
    assert found["above_incident_energy"].value >= 1 + above
    empty = (planted.layer_energies[:, 2] == 0).sum()
    assert found["empty_layer_2"].value == empty > 0
    assert found["empty_layer_0"].value == 1
