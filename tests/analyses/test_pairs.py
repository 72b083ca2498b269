"""Differences of two samples that are compared with the same truth."""

from __future__ import annotations

import pytest
from given import by_name, dataset_of, sample_of
from normals import TEST, N, weights

from ultimetric.analyses.classifier import separation
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import number_table
from ultimetric.analyses.pairs import Pairs, differences
from ultimetric.kinds.showers.kind import Showers


def test_pairs_of_other_sizes() -> None:
    first, second = weights(1.0, 1), weights(0.5, 1, n_sample=600)
    rows = by_name(
        number_table(differences("e", ("a", "b"), TEST, (first, second), aligned=False))
    )
    shown = [separation(x) for x in (first, second)]
    for metric, of_each in (("delta_auc:b", "auc"), ("delta_jsd:b", "jsd_weights")):
        delta = shown[0][of_each].value - shown[1][of_each].value
        assert rows[metric].value == pytest.approx(delta, abs=1e-12)
    assert rows["delta_jsd:b"].value > 0
    assert rows["delta_jsd:b"].error_train >= 0
    assert float(rows["delta_auc:b"].note.removeprefix("p = ")) < 1e-6


def test_pairs_of_blind_classifiers() -> None:
    blind = weights(0.0, 1)
    rows = by_name(number_table(differences("e", ("a", "b"), TEST, (blind, blind), aligned=True)))
    assert (rows["delta_jsd:b"].value, rows["delta_jsd:b"].note) == (0, "p = 1")


def test_pairs_of_the_config(eplus: Showers) -> None:
    """Of samples with the same conditions, entries correspond; a missing sample has no rows."""
    events = {"a": eplus[N : N + 800], "b": eplus[N : N + 800], "c": eplus[:800]}
    samples = [
        sample_of(name, events[name], {TEST: weights(shift, 1)})
        for name, shift in zip(events, (1.0, 0.5, 0.5), strict=True)
    ]
    dataset = dataset_of("eplus", eplus[:N], *samples)
    found = Pairs({"pairs": [["a", "b"], ["a", "c"], ["a", "none"]]})
    table = found.result(Given({"eplus": dataset}, 1)).table
    assert set(table["other"]) == {"b", "c"}
    assert set(table["sample"]) == {"a"}
    rows = by_name(table)
    same, others = (rows[f"delta_auc:{name}"] for name in "bc")
    assert same.value == others.value
    assert same.error_test < others.error_test
