"""The last lines of a run."""

from __future__ import annotations

from pathlib import Path

from plain import plain

from ultimetric.failures.table import write_failures
from ultimetric.metrics.base import Row, write_rows
from ultimetric.report.scores import exact_tables
from ultimetric.snake.terminal import conclude


class Judged:
    """A study of one sample: what `conclude` asks of it."""

    searched = ()

    def report(self) -> dict:
        return {"style": {"labels": {}}, "samples": {"eplus": ["mine"]}, "controls": {"eplus": {}}}


def test_tables_of_exact_weights_as_text() -> None:
    rows = [
        Row("gaussian", "shifted", "dnn", "inputs", "auc", 0.7123, 0.004),
        Row("gaussian", "shifted", "dnn", "inputs", "exact_auc", 0.7151, 0.004),
    ]
    (table,) = exact_tables(rows, str, {})
    name, head, line = plain(table).splitlines()
    assert name == "AUC: gaussian, dnn classifier"
    assert (head.split(), line.split()) == (["inputs"], ["shifted", "0.712(4)"])


def test_the_report_is_named_last(tmp_path: Path) -> None:
    key = ("eplus", "mine", "dnn", "high_level")
    rows = [Row(*key, "auc", 0.7123, 0.004, n_test=500), Row(*key, "pvalue", 1e-9, n_test=500)]
    write_rows(tmp_path / "metrics.csv", rows, published=True)
    write_failures(tmp_path / "failures.csv", [], published=True)
    text = conclude(Judged(), tmp_path)
    assert text.splitlines()[-1] == f"Report: {tmp_path}/report.html"
    assert "0.712(4)" in text
