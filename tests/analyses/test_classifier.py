"""The rows of the classifier test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from given import rows_of
from normals import given_weights, weights

from ultimetric.analyses.classifier import COPIES, ClassifierTest
from ultimetric.kinds.showers.kind import Showers
from ultimetric.statistics.auc import auc, auc_components


def test_classifier_rows(eplus: Showers) -> None:
    found = weights(1.0, 1)
    rows = rows_of(ClassifierTest({}), given_weights(found, eplus))
    score, fold = found.joined("score").astype(float), found.joined("fold")
    each = [  # all folds have as many showers of either class
        np.mean([auc(found.label[x == k], y[x == k]) for k in range(5)])
        for x, y in zip(fold.T, score.T, strict=True)
    ]
    row = rows["auc"]
    assert row.value == pytest.approx(np.mean(each))
    components = auc_components(found.label, score, fold)
    assert row.error_test == pytest.approx(components.error_test)
    assert row.error_train == pytest.approx(components.error_train(2 / 7))
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


def test_one_repeat_has_the_error_of_other_training_showers(eplus: Showers) -> None:
    row = rows_of(ClassifierTest({}), given_weights(weights(1.0, 1, repeats=1), eplus))
    assert row["auc"].error_train == pytest.approx(np.sqrt(2 / 7) * row["auc"].error_test)
    assert row["auc"].error == pytest.approx(np.sqrt(9 / 7) * row["auc"].error_test)


def test_an_auc_far_below_one_half_is_explained(eplus: Showers) -> None:
    found = weights(1.0, 1)
    assert COPIES not in rows_of(ClassifierTest({}), given_weights(found, eplus))["auc"].note
    sides = {side: getattr(found, side) for side in ("truth", "sample")}
    turned = replace(found, **{k: replace(side, score=-side.score) for k, side in sides.items()})
    row = rows_of(ClassifierTest({}), given_weights(turned, eplus))["auc"]
    assert row.value < 0.5
    assert COPIES in row.note
