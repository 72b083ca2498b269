"""Tables of numbers, as analyses declare them."""

from __future__ import annotations

import pytest
from plain import plain, tables_of
from reported import CONTROLS, ORDER, ROWS, row

from ultimetric.analyses.classifier import ClassifierTest
from ultimetric.analyses.evaluate_model import EvaluateModel
from ultimetric.analyses.exact import ExactWeights
from ultimetric.analyses.memorisation import Memorisation
from ultimetric.analyses.pairs import Pairs
from ultimetric.analyses.separation import Separation
from ultimetric.analyses.training_size import TrainingSize
from ultimetric.errors import UserError
from ultimetric.report.declared import declared


def test_tables_without_rows_do_not_show() -> None:
    rows = [r for r in ROWS if r["metric"] == "auc"]
    for analysis in (Pairs, Memorisation, TrainingSize, Separation, EvaluateModel):
        assert tables_of(analysis, rows) == []


def test_a_study_without_positive_control_says_so() -> None:
    rows = [row("flow", "high_level", "auc", 0.6, 0.01, note="no positive control")]
    (table,) = tables_of(ClassifierTest, rows)
    assert table.lines[0].cells[0][0].marks == "°"
    assert list(table.marks) == ["°"]
    assert table.lines[0].remark == ""


def test_controls_come_last() -> None:
    (table,) = tables_of(ClassifierTest, ROWS, {}, CONTROLS)
    kinds = [line.kind for line in table.lines]
    assert kinds == ["sample", "sample", "baseline", "positive control"]


def test_samples_stand_in_the_order_of_the_config() -> None:
    """Before the controls, whatever metrics.csv does; those not named come last."""
    (table,) = tables_of(ClassifierTest, ROWS, ORDER, CONTROLS)
    assert [line.label for line in table.lines] == ["inn", "flow", "truth", "planted"]
    (table,) = tables_of(ClassifierTest, ROWS, {"eplus": ["inn"], "gamma": ["flow", "inn"]})
    assert [line.label for line in table.lines] == ["inn", "truth", "flow", "planted"]


def test_every_table_has_the_order_of_the_config() -> None:
    rows = [
        r | {"sample": sample, "other": other if r.get("other") else ""}
        for r in ROWS
        if r["sample"] == "flow" and r["inputs"] == "high_level"
        for sample, other in (("a", "b"), ("a", "c"), ("b", "a"), ("c", "b"))
    ]
    order = {"eplus": ["c", "b", "a"]}
    for analysis in (Memorisation, TrainingSize):
        (table,) = tables_of(analysis, rows, order)
        assert [line.label for line in table.lines] == ["c", "b", "a"]
    (pairs,) = tables_of(Pairs, rows, order)
    assert [line.label for line in pairs.lines] == ["c − b", "b − a", "a − c", "a − b"]


def test_the_most_telling_inputs_are_marked() -> None:
    rows = [
        row("flow", inputs, metric, value, 0.01)
        for inputs, auc in (("high_level", 0.9), ("energies", 0.88), ("normalised", 0.6))
        for metric, value in (("auc", auc), ("pvalue", 1e-9))
    ]
    (table,) = tables_of(ClassifierTest, rows)
    cells = [of_inputs[0] for of_inputs in table.lines[0].cells]
    assert [cell.strong for cell in cells] == [True, False, False]
    assert [cell.remark for cell in cells] == ["", "", "less sensitive"]
    unclear = [r | {"value": 0.5} if r["metric"] == "pvalue" else r for r in rows]
    (table,) = tables_of(ClassifierTest, unclear)
    assert not any(c.strong or c.remark for cells in table.lines[0].cells for c in cells)


def test_marks_are_explained_only_where_they_stand() -> None:
    (table,) = tables_of(ClassifierTest, ROWS, {}, CONTROLS)
    assert set(table.marks) == {"†", "‡"}
    clean = [r for r in ROWS if not r.get("note")]
    (table,) = tables_of(ClassifierTest, clean, {}, CONTROLS)
    assert table.marks == {}


def test_an_untested_pair_is_a_dash() -> None:
    (table,) = tables_of(ClassifierTest, ROWS, {}, CONTROLS)
    control = table.lines[-1]
    assert [[cell.text for cell in cells] for cells in control.cells][1] == ["–", "–"]


def test_only_aucs_are_shaded() -> None:
    (table,) = tables_of(ClassifierTest, ROWS, {}, CONTROLS)
    auc, jsd = table.lines[0].cells[0]
    assert auc.distance == pytest.approx(2 * (0.7852 - 0.5))
    assert jsd.distance == 0


def test_training_sizes_are_columns() -> None:
    (table,) = tables_of(TrainingSize, ROWS, ORDER)
    assert table.columns == ["25 %", "50 %", "100 %"]
    assert table.inputs == ["high_level"]


def test_distances_rank_samples() -> None:
    sums = [
        row(sample, "", "separation_sum", value, 0.01) | {"method": "histogram"}
        for sample, value in (("truth", 0.2), ("flow", 2.5), ("inn", 0.3))
    ]
    (table,) = tables_of(Separation, [*ROWS, *sums], ORDER, CONTROLS)
    assert table.name == "eplus, all observables"
    assert [line.label for line in table.lines] == ["inn", "flow", "truth"]
    assert [cell.text for cell in table.lines[1].cells[0]] == ["2.500(10)"]


def test_own_numbers_have_a_table_for_each_space() -> None:
    rows = [
        row(sample, space, metric, 7.0, 0.1) | {"method": method}
        for sample, method, space, metric in (
            ("flow", "likelihood", "noise 1", "nll"),
            ("inn", "likelihood", "noise 2", "nll"),
            ("vae", "model", "noise 1", "rate"),
        )
    ]
    first, second = tables_of(EvaluateModel, [*ROWS, *rows], ORDER)
    assert [first.name, second.name] == ["eplus, noise 1", "eplus, noise 2"]
    assert first.columns == ["nll", "rate"]
    cells = [[cell.text for cell in line.cells[0]] for line in first.lines]
    assert cells == [["7.00(10)", "–"], ["–", "7.00(10)"]]
    assert [line.label for line in second.lines] == ["inn"]


def test_tables_of_exact_weights_as_text() -> None:
    rows = [
        row("shifted", "inputs", "auc", 0.7123, 0.004),
        row("shifted", "inputs", "exact_auc", 0.7151, 0.004),
    ]
    (table,) = tables_of(ExactWeights, rows)
    name, head, line = plain(table).splitlines()
    assert name == "AUC: eplus, dnn classifier"
    assert (head.split(), line.split()) == (["inputs"], ["shifted", "0.712(4)"])
    assert table.columns == ["AUC", "exact AUC"]  # no column without numbers


@pytest.mark.parametrize(
    ("literal", "error"),
    [
        ({"title": "Mine"}, "mine: has no columns"),
        ({"columns": {"AUC": "auc"}}, "mine: has no title"),
        ({"titel": "Mine"}, "mine: unknown key 'titel', did you mean 'title'?"),
        (
            {"title": "Mine", "columns": {"AUC": {"by": "bin"}}},
            "mine.columns.AUC: names no metric",
        ),
        ({"title": "Mine", "columns": {"A": {"metric": "a", "by": "bim"}}}, "'bim' is not one of"),
        ({"title": "Mine", "columns": {"A": "a"}, "name": "{bin}"}, "mine.name: 'bin' is not one"),
        ({"title": "Mine", "columns": {"A": "a"}, "lines": ["other"]}, "mine.lines: is neither"),
    ],
)
def test_a_literal_that_is_no_table_is_refused(literal: dict, error: str) -> None:
    with pytest.raises(UserError) as caught:
        declared(literal, "mine")
    assert error in str(caught.value)
