"""The table of costs: times, memory and parameters, which are not reproducible."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ultimetric.tables import NUMBER, TEXT, WHOLE, frame_of, read_table, texts_of, write_table

# sample, stage       what was measured, and where
# quantity            such as `training_time`, `time_per_shower`, `parameters`
# value, error, unit  the number
# device, batch, threads  on what it was measured; cpu or cuda
# note                remarks on how to read the number, the dataset first
COSTS = {
    **dict.fromkeys(("sample", "stage", "quantity"), TEXT),
    **dict.fromkeys(("value", "error"), NUMBER),
    **dict.fromkeys(("unit", "device"), TEXT),
    **dict.fromkeys(("batch", "threads"), WHOLE),
    "note": TEXT,
}
DEVICES = {"cpu": "CPU", "cuda": "GPU"}  # labels
GIVEN_DEVICES = {"cpu": "cpu", "cuda": "cuda", "gpu": "cuda"}  # by the names that users may give
# Stages whose times compare: in memory, and from the start of a process to the written file.
GENERATE, WHOLE_WAY = "generate", "whole_way"
JOBS = ("train", "sample")  # of the jobs that make models and samples, each run once
SIMULATE = "simulate"  # of the program that made the truth, which stands for the sample


def time_per(entry: str, value: float | None = None, unit: str = "") -> str:
    """The quantity of the time per entry, or of that at one value of the condition.

    >>> time_per("shower"), time_per("shower", 25.8, "GeV")
    ('time_per_shower', 'time_per_shower_at_25.8_GeV')
    """
    at = "" if value is None else "_".join(filter(None, ["_at", f"{value:g}", unit]))
    return f"time_per_{entry}{at}"


def values_at(table: pd.DataFrame, entry: str) -> pd.Series:
    """The value of the condition of each row; nan where the row is no time at one value.

    >>> rows = pd.DataFrame({"quantity": ["time_per_shower_at_25.8_GeV", "time_per_shower"]})
    >>> values_at(rows, "shower").tolist()
    [25.8, nan]
    """
    known = table["quantity"].str.extract(rf"^{re.escape(time_per(entry))}_at_([^_]+)(?:_|$)")[0]
    return pd.to_numeric(known, errors="coerce")


def noted(dataset: str, *notes: str) -> str:
    """The note of a cost: its dataset, and remarks; empty ones are left out."""
    return "; ".join(filter(None, [f"dataset {dataset}", *notes]))


def dataset_in(note: str) -> str:
    """The dataset that a note begins with; empty if it names none.

    >>> dataset_in("dataset eplus; one run"), dataset_in("one run")
    ('eplus', '')
    """
    first = note.partition("; ")[0]
    return first.removeprefix("dataset ") if first.startswith("dataset ") else ""


def of_dataset(table: pd.DataFrame, dataset: str) -> pd.DataFrame:
    """The costs of one dataset."""
    return table[table["note"].map(dataset_in) == dataset]


def cost_table(rows: pd.DataFrame | Iterable[Mapping[str, Any]], **known: Any) -> pd.DataFrame:
    """The table of costs.

    Arguments:
        rows: Rows by column; columns that a row lacks are empty.
        known: The values of columns that a row lacks.

    Raises:
        KeyError: A row has another column.
        TypeError, ValueError: A value is not of its column's type.
    """
    records = rows.to_dict("records") if isinstance(rows, pd.DataFrame) else rows
    return frame_of(({**known, **row} for row in records), COSTS)


def write_costs(path: str | Path, table: pd.DataFrame, published: bool = False) -> None:
    """Write costs in their order."""
    write_table(path, cost_texts(table), published)


def read_costs(path: str | Path, published: bool = False) -> pd.DataFrame:
    """Read what `write_costs` wrote."""
    return read_table(path, COSTS, published)


def cost_texts(table: pd.DataFrame) -> pd.DataFrame:
    """The costs as texts: whole numbers, such as those of parameters, keep all their digits."""
    values = [int(x) if x.is_integer() else x for x in table["value"]]
    return texts_of(table.assign(value=pd.Series(values, index=table.index, dtype="object")))


def stated_table(stated: Mapping[str, list[dict[str, Any]]]) -> pd.DataFrame:
    """The table of costs that the plan has read from files, by dataset."""
    rows = (
        {**row, "note": noted(dataset, row.get("note", ""))}
        for dataset, found in stated.items()
        for row in found
    )
    return cost_table(rows)


def mean_cost(table: pd.DataFrame) -> pd.DataFrame:
    """The mean of one quantity over several jobs, with the error of the mean.

    >>> from ultimetric.tables import frame_of
    >>> jobs = frame_of([{"value": 1.0, "note": "noted"}, {"value": 3.0}], COSTS)
    >>> mean_cost(jobs)[["value", "error", "note"]].values.tolist()
    [[2.0, 1.0, 'noted; mean of 2 jobs']]
    """
    value = table["value"]
    note = f"{table['note'].iloc[0]}; mean of {len(table)} jobs"
    return table.head(1).assign(value=value.mean(), error=value.sem(), note=note)
