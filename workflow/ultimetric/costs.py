"""What a result cost: times, memory and parameters, apart from the reproducible table."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from math import sqrt
from pathlib import Path
from statistics import mean, stdev

from ultimetric.tables import read_table, write_table


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
    value: float
    error: float | None
    unit: str
    device: str
    batch: int | None
    threads: int
    note: str = ""


COLUMNS = tuple(field.name for field in fields(Cost))


def write_costs(path: str | Path, costs: list[Cost]) -> None:
    """Write costs as CSV, in the order given; what does not apply stays empty."""
    write_read(path, [{k: _text(v) for k, v in asdict(cost).items()} for cost in costs])


def read_costs(path: str | Path, published: bool = False) -> list[dict[str, str]]:
    """Read costs as text."""
    return read_table(path, COLUMNS, published)


def mean_cost(costs: list[dict[str, str]]) -> dict[str, str]:
    """Mean of one quantity over several jobs, with the error of the mean.

    >>> one = {"value": "1", "error": "", "note": "noted"}
    >>> mean_cost([one, one | {"value": "3"}])
    {'value': '2', 'error': '1', 'note': 'noted; mean of 2 jobs'}
    """
    values = [float(cost["value"]) for cost in costs]
    error = stdev(values) / sqrt(len(values)) if len(values) > 1 else None
    note = f"{costs[0]['note']}; mean of {len(values)} jobs"
    return costs[0] | {"value": _text(mean(values)), "error": _text(error), "note": note}


def write_read(path: str | Path, rows: list[dict[str, str]], published: bool = False) -> None:
    """Write rows that `read_costs` read."""
    write_table(path, COLUMNS, [[row[name] for name in COLUMNS] for row in rows], published)


def _text(value: str | float | None) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
