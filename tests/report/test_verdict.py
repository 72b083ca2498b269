"""The verdict on each sample."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ultimetric.analyses.classifier import COPIES
from ultimetric.analyses.numbers import Row, number_table
from ultimetric.analyses.sensitivity import NO_CONTROL, NOT_SENSITIVE
from ultimetric.findings.table import FINDINGS
from ultimetric.report.verdict import (
    NO,
    PERHAPS,
    UNKNOWN,
    YES,
    Verdict,
    control_text,
    number,
    verdict_text,
    verdicts,
)
from ultimetric.statistics.pvalues import p_text
from ultimetric.tables import frame_of


def _rows(sample: str, inputs: str, auc: float, pvalue: float, note: str = "") -> list[Row]:
    common = {
        "dataset": "eplus",
        "sample": sample,
        "method": "dnn",
        "inputs": inputs,
        "n_test": 8000,
    }
    return [
        {**common, "metric": "auc", "value": auc, "error": 0.005, "note": note},
        {**common, "metric": "pvalue", "value": pvalue},
    ]


def _study(mine: list[Row]) -> list[Row]:
    rows = [*mine]
    for inputs in ("energies", "high_level"):
        rows += _rows("truth", inputs, 0.501, 0.4)
        rows += _rows("control", inputs, 0.605, 1e-50)
        rows.append(rows[-1] | {"metric": "ideal_auc", "value": 0.6})
    return rows


def _verdicts(
    rows: list[Row], findings: list[Row], searched: bool = True, of_some: Sequence[str] = ()
) -> list[Verdict]:
    places = [("eplus", "mine")] if searched else []
    table = frame_of(findings, FINDINGS)
    return verdicts(number_table(rows), table, places, {"eplus": of_some})


FAULT = {
    "dataset": "eplus",
    "sample": "mine",
    "rank": 1,
    "sentence": "The total energy is too wide.",
}


def test_the_most_telling_inputs_are_named_with_baseline_and_control():
    mine = [*_rows("mine", "energies", 0.957, 1e-200), *_rows("mine", "high_level", 0.677, 1e-60)]
    (found,) = (v for v in _verdicts(_study(mine), [FAULT]) if v.sample == "mine")
    assert (found.answer, found.inputs) == (YES, "energies")
    assert [row.inputs for row in found.less] == ["high_level"]
    assert (found.baseline.value, found.control.value, found.ideal) == (0.501, 0.605, 0.6)
    text = verdict_text([found], str, ["truth", "control"])
    assert "0.957(5)" in text and "0.605(5) of 0.600" in text
    assert "mine: The total energy is too wide." in text
    assert "mine: Less sensitive inputs: high_level (dnn, 0.677(5))." in text


@pytest.mark.parametrize(
    ("of_some", "less"),
    [
        ((), ["two_jets", "high_level"]),
        (("two_jets",), ["high_level"]),
        (("one_jet", "two_jets"), []),
    ],
)
def test_inputs_of_other_entries_are_not_less_sensitive(of_some, less):
    mine = [
        *_rows("mine", "one_jet", 0.9, 1e-200),
        *_rows("mine", "two_jets", 0.8, 1e-90),
        *_rows("mine", "high_level", 0.7, 1e-60),
    ]
    (found,) = _verdicts(mine, [], of_some=of_some)
    assert [row.inputs for row in found.less] == less


@pytest.mark.parametrize(("pvalue", "told"), [(9e-6, True), (2e-5, False)])
def test_a_far_more_significant_finding_is_told_beside_the_first(pvalue, told):
    later = FAULT | {"rank": 2, "pvalue": pvalue, "sentence": "A voxel is dim."}
    (found,) = _verdicts(_rows("mine", "energies", 0.6, 0.0), [FAULT | {"pvalue": 0.014}, later])
    text = verdict_text([found], str)
    assert "mine: The total energy is too wide." in text
    assert ("mine: Most significant: A voxel is dim." in text) == told
    assert "mine: Most significant" not in verdict_text(_verdicts(_study([]), [FAULT]), str)


def test_a_small_p_value_is_not_zero():
    row, *_ = number_table([{"metric": "pvalue", "value": 7.31e-16}]).itertuples()
    assert number(row) == "7.3e-16"


def test_exact_weights_stand_where_there_is_no_positive_control():
    mine = _rows("mine", "mass", 0.517, 0.002, NO_CONTROL)
    (without,) = _verdicts(mine, [])
    assert (control_text(without), without.notes) == (NO_CONTROL, (NO_CONTROL,))
    exact = {**mine[0], "metric": "exact_auc", "value": 0.515}
    (found,) = _verdicts([*mine, exact], [])
    assert control_text(found) == "none; exact weights of the sample give 0.515"
    assert (found.notes, found.auc.note) == ((), "")


@pytest.mark.parametrize(
    ("pvalues", "answer"),
    [((0.004, 0.9), YES), ((0.006, 0.9), PERHAPS), ((0.02, 0.02), PERHAPS), ((0.026, 0.5), NO)],
)
def test_the_p_value_counts_all_inputs(pvalues, answer):
    inputs = zip(("energies", "high_level"), pvalues, strict=True)
    mine = [row for name, p in inputs for row in _rows("mine", name, 0.51, p)]
    (found,) = _verdicts(mine, [])
    assert found.answer == answer
    assert found.pvalue == pytest.approx(2 * min(pvalues))


def test_without_a_p_value_nothing_is_decided():
    aucs = [row for row in _rows("mine", "energies", 0.9, 1.0) if row["metric"] == "auc"]
    (found,) = _verdicts(aucs, [])
    assert found.answer == UNKNOWN
    assert "not known        0.900(5)  no p-value" in verdict_text([found], str)


def test_insensitive_classifiers_decide_nothing_unless_they_find_something():
    seen = _rows("mine", "energies", 0.52, 1e-3)
    blind = _rows("mine", "high_level", 0.53, 0.4, NOT_SENSITIVE)
    (found,) = _verdicts([*seen, *blind], [])
    assert (found.answer, found.inputs, found.pvalue) == (YES, "energies", 1e-3)
    (found,) = _verdicts(blind, [])
    assert found.answer == UNKNOWN
    # It misses the small fault of the control, yet finds the large one of the sample.
    (found,) = _verdicts(_rows("mine", "high_level", 0.935, 1e-200, NOT_SENSITIVE), [])
    assert (found.answer, found.pvalue) == (YES, 1e-200)


def test_a_sample_made_of_the_truth_is_not_called_good():
    mine = [
        *_rows("mine", "energies", 0.5, 0.5),
        *_rows("mine", "high_level", 0.376, 1.0, COPIES),
    ]
    (found,) = _verdicts(mine, [])
    assert (found.answer, found.notes) == (UNKNOWN, (COPIES,))
    # What is told apart all the same is told apart.
    (found,) = _verdicts([*_rows("mine", "energies", 0.9, 1e-9), *mine[2:]], [])
    assert (found.answer, found.notes) == (YES, (COPIES,))


@pytest.mark.parametrize(
    ("pvalue", "note", "by_auc", "answer"),
    [
        (1e-33, "", NO, YES),
        (0.03, "", NO, PERHAPS),
        (1e-33, NOT_SENSITIVE, UNKNOWN, YES),
        (1e-33, COPIES, UNKNOWN, YES),
    ],
)
def test_a_finding_tells_apart_what_no_classifier_does(pvalue, note, by_auc, answer):
    mine = _rows("mine", "energies", 0.498, 0.6, note)
    later = FAULT | {"rank": 2, "pvalue": pvalue}
    (found,) = _verdicts(mine, [FAULT | {"pvalue": 0.04}, later])
    assert (found.answer, found.by_auc, found.pvalue) == (answer, by_auc, 0.6)
    assert f"mine: a finding says {answer} ({p_text(pvalue)})" in verdict_text([found], str)
    # That of another sample tells nothing of this one.
    (found,) = _verdicts(mine, [later | {"sample": "other"}])
    assert (found.answer, found.notes) == (by_auc, (COPIES,) if note == COPIES else ())


def test_a_finding_is_not_mentioned_where_a_classifier_says_the_same():
    (found,) = _verdicts(_rows("mine", "energies", 0.9, 1e-90), [FAULT | {"pvalue": 1e-33}])
    assert (found.answer, found.by_auc, found.notes) == (YES, YES, ())


def test_without_findings_the_text_says_so_only_if_they_were_searched():
    mine = _rows("mine", "energies", 0.5, 0.7)
    assert "No observable differs" in verdict_text(_verdicts(mine, []), str)
    assert "No observable differs" not in verdict_text(_verdicts(mine, [], searched=False), str)
