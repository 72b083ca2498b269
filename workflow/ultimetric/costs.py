"""What a result cost: times, memory and parameters, apart from the reproducible table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from statistics import mean, stdev

from ultimetric.tables import read_records, write_records


@dataclass(frozen=True)
class Cost:
    """One number of costs.csv.

    Arguments:
        sample, stage: what was measured where.
        quantity: e.g. `training_time`, `time_per_shower`, `parameters`.
        value, error: the number, in `unit`.
        device, batch, threads: on what.
        note: free text.
    """

    sample: str
    stage: str
    quantity: str
    value: int | float
    error: float | None
    unit: str
    device: str
    batch: int | None
    threads: int
    note: str = ""


def write_costs(path: str | Path, costs: list[Cost], published: bool = False) -> None:
    """Write costs as CSV, in the order given; what does not apply stays empty."""
    write_records(path, Cost, costs, published)


def read_costs(path: str | Path, published: bool = False) -> list[Cost]:
    """Read costs."""
    return read_records(path, Cost, published)


def mean_cost(costs: list[Cost]) -> Cost:
    """Mean of one quantity over several jobs, with the error of the mean.

    >>> one = Cost("a", "sample", "time", 1.0, None, "ms", "cpu", None, 1, "noted")
    >>> both = mean_cost([one, replace(one, value=3.0)])
    >>> both.value, both.error, both.note
    (2.0, 1.0, 'noted; mean of 2 jobs')
    """
    values = [float(cost.value) for cost in costs]
    error = stdev(values) / sqrt(len(values)) if len(values) > 1 else None
    note = f"{costs[0].note}; mean of {len(values)} jobs"
    return replace(costs[0], value=mean(values), error=error, note=note)
