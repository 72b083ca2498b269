"""The page on the verdict has the rules of the program."""

from __future__ import annotations

from places import REPOSITORY

from ultimetric.analyses.classifier import FAR
from ultimetric.analyses.sensitivity import is_missed
from ultimetric.report.verdict import CLEAR, HINT, NO, PERHAPS, UNKNOWN, YES

PAGE = (REPOSITORY / "docs" / "concepts" / "verdict.md").read_text()


def test_the_table_of_answers() -> None:
    for answer, rule in (
        (YES, f"p < {CLEAR}"),
        (PERHAPS, f"{CLEAR} ≤ p < {HINT}"),
        (NO, f"p ≥ {HINT}"),
        (UNKNOWN, "no test could have seen a difference"),
    ):
        assert f"| {answer} | {rule}" in PAGE


def test_when_the_control_is_missed() -> None:
    assert "an AUC\nbelow 0.55 for the ideal 0.600" in PAGE
    assert is_missed(0.549, 0.6)
    assert not is_missed(0.551, 0.6)


def test_far_below() -> None:
    assert FAR == 5
    assert "more than five errors below 0.5" in PAGE
