"""Marks of numbers that need a caution, for notes of rows of metrics.csv."""

from __future__ import annotations

from ultimetric.analyses.sensitivity import NO_CONTROL, NOT_SENSITIVE
from ultimetric.classifiers.checks import UNTRUSTED
from ultimetric.report.verdict import Row

NOTED = {NOT_SENSITIVE: "†", NO_CONTROL: "°", UNTRUSTED: "‡"}
MARKS = {
    NOTED[NOT_SENSITIVE]: "the classifier missed its positive control: it is not sensitive, and "
    "its AUCs flatter the samples",
    NOTED[NO_CONTROL]: "the study has no positive control: whether the classifier is sensitive is "
    "not known",
    NOTED[UNTRUSTED]: "do not read the weights as likelihood ratios: their calibration error or "
    "their means are not what chance gives (p < 0.001 for each number, 5 % for a table of 50), or "
    "less than 1 % of the entries carry them",
}


def notes_of(row: Row) -> list[str]:
    """The notes of a row, one by one."""
    return list(filter(None, row.note.split("; ")))


def marks_of(row: Row) -> str:
    """The marks for the notes of a row."""
    return "".join(mark for note, mark in NOTED.items() if note in notes_of(row))


def legend(marks: str) -> dict[str, str]:
    """The meaning of each mark in use, by mark."""
    return {mark: meaning for mark, meaning in MARKS.items() if mark in marks}
