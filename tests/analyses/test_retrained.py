"""Classifiers that are trained once more: against training truth, and with fewer events."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from given import given_of, rows_of
from normals import TEST, N, scores, weights

from ultimetric.analyses.classifier import ClassifierTest
from ultimetric.analyses.given import Given
from ultimetric.analyses.memorisation import Memorisation
from ultimetric.analyses.training_size import TrainingSize
from ultimetric.classifiers import fitting
from ultimetric.classifiers.scores import Scores
from ultimetric.events import Events
from ultimetric.kinds.observables import Columns
from ultimetric.kinds.showers.kind import Showers

OPTIONS = {"method": TEST[0], "inputs": [TEST[1]]}
CLASSIFIER = {"plugin": "ultimetric.classifiers.dnn", "card": {}}


@pytest.fixture
def asked(monkeypatch) -> list[dict[str, Any]]:
    """What is asked of the classifier, which answers with an AUC that grows with the share."""
    calls: list[dict[str, Any]] = []

    def answer(
        cfg: dict[str, Any],
        events: Events,
        label: np.ndarray,
        groups: np.ndarray,
        seeds: list[int],
        fraction: float,
        columns: Columns,
    ) -> Scores:
        calls.append(locals().copy())
        return scores({1.0: 0.2, 0.5: 0.7, 0.25: 0.4}[fraction], 2)

    monkeypatch.setattr(fitting, "out_of_fold", answer)
    return calls


@pytest.fixture
def given(eplus: Showers) -> Given:
    """There is more training truth than there are entries of the sample."""
    return given_of(
        eplus[:N],
        eplus[N : N + 800],
        {TEST: weights(1.0, 1)},
        training=eplus[2000:3000],
        classifier=CLASSIFIER,
        repeats=2,
    )


def test_memory(given: Given, asked: list, eplus: Showers) -> None:
    """The sample is closer to its training truth (shift 0.2) than to unseen truth (1)."""
    found = rows_of(Memorisation(OPTIONS), given)
    unseen = rows_of(ClassifierTest({}), given)["auc"].value
    difference = unseen - found["auc_training_truth"].value
    assert found["delta_auc_training_truth"].value == pytest.approx(difference, abs=1e-12)
    row = found["auc_training_truth"]
    assert (row.method, row.inputs) == TEST
    assert (row.n_train, row.n_test, row.repeats) == (70, 1800, 2)
    (call,) = asked
    assert call["label"].tolist() == [1] * 800 + [0] * 800
    np.testing.assert_array_equal(call["events"].data[:800], eplus.data[2000:2800])
    assert call["columns"]["E_tot"].shape == (1600,)
    assert call["seeds"] == [given.seed_of("eplus", "mine", *TEST, k) for k in range(2)]


def test_training_size(given: Given, asked: list, eplus: Showers) -> None:
    found = rows_of(TrainingSize(OPTIONS), given)
    auc = rows_of(ClassifierTest({}), given)["auc"].value
    assert list(found) == ["auc_at_share:0.5", "auc_at_share:0.25"]
    assert found["auc_at_share:0.25"].value < found["auc_at_share:0.5"].value < auc
    assert [call["fraction"] for call in asked] == [0.5, 0.25]
    for call in asked:
        assert len(call["label"]) == N + 800
        np.testing.assert_array_equal(call["events"].data[:N], eplus.data[:N])
        assert call["cfg"] == {**CLASSIFIER, "inputs": TEST[1]}
