"""The verdict on each sample."""

from __future__ import annotations

import pytest

from ultimetric.findings.table import Failure
from ultimetric.metrics.base import Row
from ultimetric.analyses.sensitivity import NOT_SENSITIVE
from ultimetric.report.verdict import NO, PERHAPS, UNKNOWN, YES, verdict_text, verdicts


def _rows(sample: str, features: str, auc: float, pvalue: float, note: str = "") -> list[Row]:
    key = ("eplus", sample, "dnn", features)
    return [
        Row(*key, "auc", auc, 0.005, n_test=8000, note=note),
        Row(*key, "pvalue", pvalue, n_test=8000),
    ]


def _study(mine: list[Row]) -> list[Row]:
    rows = [*mine]
    for features in ("energies", "high_level"):
        rows += _rows("truth", features, 0.501, 0.4)
        rows += _rows("control", features, 0.605, 1e-50)
        rows.append(Row("eplus", "control", "dnn", features, "ideal_auc", 0.6))
    return rows


FAULT = Failure("eplus", "mine", 1, "E_tot", "", "", "9", "1e-9", "The total energy is too wide.")


def test_the_most_telling_inputs_are_named_with_baseline_and_control():
    mine = [*_rows("mine", "energies", 0.957, 1e-200), *_rows("mine", "high_level", 0.677, 1e-60)]
    (found,) = (v for v in verdicts(_study(mine), [FAULT], True) if v.sample == "mine")
    assert (found.answer, found.inputs) == (YES, "energies")
    assert [row.inputs for row in found.less] == ["high_level"]
    assert (found.baseline.value, found.control.value, found.ideal) == (0.501, 0.605, 0.6)
    text = verdict_text([found], str, ["truth", "control"])
    assert "0.957(5)" in text and "0.605(5) of 0.600" in text
    assert "mine: The total energy is too wide." in text
    assert "mine: Less sensitive inputs: high_level (dnn, 0.677(5))." in text


@pytest.mark.parametrize(
    ("pvalues", "answer"),
    [((0.004, 0.9), YES), ((0.006, 0.9), PERHAPS), ((0.02, 0.02), PERHAPS), ((0.026, 0.5), NO)],
)
def test_the_p_value_counts_all_inputs(pvalues, answer):
    inputs = zip(("energies", "high_level"), pvalues, strict=True)
    mine = [row for features, p in inputs for row in _rows("mine", features, 0.51, p)]
    (found,) = verdicts(mine, [], True)
    assert found.answer == answer
    assert found.pvalue == pytest.approx(2 * min(pvalues))


def test_insensitive_classifiers_decide_nothing():
    seen = _rows("mine", "energies", 0.52, 1e-3)
    blind = _rows("mine", "high_level", 0.53, 0.4, NOT_SENSITIVE)
    (found,) = verdicts([*seen, *blind], [], True)
    assert (found.answer, found.inputs, found.pvalue) == (YES, "energies", 1e-3)
    (found,) = verdicts(blind, [], True)
    assert found.answer == UNKNOWN


def test_without_findings_the_text_says_so_only_if_they_were_searched():
    mine = _rows("mine", "energies", 0.5, 0.7)
    assert "No observable differs" in verdict_text(verdicts(mine, [], True), str)
    assert "No observable differs" not in verdict_text(verdicts(mine, [], False), str)
