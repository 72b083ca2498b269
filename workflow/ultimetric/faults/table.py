"""The table of trials as CSV."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from pathlib import Path

from ultimetric.tables import read_table, write_table


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


COLUMNS = tuple(field.name for field in fields(Trial))


def write_trials(path: str | Path, trials: list[Trial]) -> None:
    """Write a table, numbers with six digits: equal trials give equal bytes."""
    rows = [[f"{x:.6g}" if isinstance(x, float) else x for x in astuple(t)] for t in trials]
    write_table(path, COLUMNS, rows)


def read_trials(path: str | Path) -> list[Trial]:
    """Read a table."""
    return [
        Trial(
            number=int(line["number"]),
            auc=float(line["auc"]),
            auc_bound=float(line["auc_bound"]),
            first=line["first"],
            others=line["others"],
            named_first=int(line["named_first"]),
            named=int(line["named"]),
        )
        for line in read_table(path, COLUMNS)
    ]
