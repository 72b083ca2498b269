"""The table of trials as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ultimetric.tables import read_records, write_records


@dataclass(frozen=True)
class Trial:
    """What was found in one trial.

    Arguments:
        number: of the trial.
        auc: of the classifier.
        auc_bound: of any classifier; 0.5 if there is no fault.
        first: observables of the first family, best first, with "; " between them.
        others: the best observable of each further family, likewise.
        named_first: 1 if the first family is the planted one, else 0.
        named: 1 if any is, else 0.
    """

    number: int
    auc: float
    auc_bound: float
    first: str
    others: str
    named_first: int
    named: int


def write_trials(path: str | Path, trials: list[Trial]) -> None:
    """Write a table: equal trials give equal bytes."""
    write_records(path, Trial, trials)


def read_trials(path: str | Path) -> list[Trial]:
    """Read a table."""
    return read_records(path, Trial)
