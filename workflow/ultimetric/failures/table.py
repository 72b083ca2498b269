"""The table failures.csv."""

from __future__ import annotations

import csv
from dataclasses import astuple, dataclass, fields
from pathlib import Path


@dataclass(frozen=True)
class Failure:
    """One finding; what does not apply is empty.

    Arguments:
        dataset, sample: names.
        rank: 1 explains most of what the weights know.
        observable: the best member of the family.
        tail: threshold in w.
        fraction: share of the sample in the tail.
        statistic: chi-squared of the observable's truth/sample ratio.
        pvalue: of it, for all observables together.
        sentence: the finding in words.
    """

    dataset: str
    sample: str
    rank: int
    observable: str
    tail: str
    fraction: str
    statistic: str
    pvalue: str
    sentence: str


COLUMNS = tuple(field.name for field in fields(Failure))


def write_failures(path: str | Path, rows: list[Failure]) -> None:
    """Write a table, sorted by dataset, sample and rank."""
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(astuple(r) for r in sorted(rows, key=astuple))


def read_failures(path: str | Path) -> list[Failure]:
    """Read a table."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        return [Failure(**line | {"rank": int(line["rank"])}) for line in csv.DictReader(file)]
