"""The table failures.csv."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from pathlib import Path

from ultimetric.tables import read_records, write_records


@dataclass(frozen=True)
class Failure:
    """One finding; what does not apply is empty.

    Arguments:
        dataset, sample: names.
        rank: 1 holds most of the information in the weights.
        observable: the best member of the family.
        tail: threshold in w.
        fraction: share of the sample in the tail.
        statistic: chi-squared of the observable's truth/sample ratio.
        pvalue: of it, for all observables together.
        sentence: the finding in one sentence.
        details: what the weights say of it, and what else shows it.
        label: what the observable is called.
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
    details: str = ""
    label: str = ""


def write_failures(path: str | Path, rows: list[Failure], published: bool = False) -> None:
    """Write a table, sorted by dataset, sample and rank."""
    write_records(path, Failure, sorted(rows, key=astuple), published)


def read_failures(path: str | Path, published: bool = False) -> list[Failure]:
    """Read a table."""
    return read_records(path, Failure, published)
