"""The last lines of a run."""

from __future__ import annotations

from pathlib import Path

from reported import row

from ultimetric.analyses.numbers import number_table, write_numbers
from ultimetric.findings.table import FINDINGS, write_findings
from ultimetric.snake.terminal import conclude
from ultimetric.tables import frame_of


class Judged:
    """A study of one sample: what `conclude` asks of it."""

    def report(self) -> dict:
        cfg = {"style": {"labels": {}}, "samples": {"eplus": ["mine"]}}
        return cfg | {"controls": {}, "searched": [], "inputs_of_some": {}}


def test_the_report_is_named_last(tmp_path: Path) -> None:
    rows = [
        row("mine", "high_level", "auc", 0.7123, 0.004),
        row("mine", "high_level", "pvalue", 1e-9),
    ]
    write_numbers(tmp_path / "metrics.csv", number_table(rows), published=True)
    write_findings(tmp_path / "findings.csv", frame_of([], FINDINGS), published=True)
    text = conclude(Judged(), tmp_path)
    assert text.splitlines()[-1] == f"Report: {tmp_path}/report.html"
    assert "0.712(4)" in text
