"""The table of costs: times, memory and parameters, which are not reproducible."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ultimetric.tables import NUMBER, TEXT, WHOLE, read_table, texts_of, write_table

# sample, stage       what was measured, and where
# quantity            such as `training_time`, `time_per_shower`, `parameters`
# value, error, unit  the number
# device, batch, threads  on what it was measured
# note                remarks on how to read the number
COSTS = {
    **dict.fromkeys(("sample", "stage", "quantity"), TEXT),
    **dict.fromkeys(("value", "error"), NUMBER),
    **dict.fromkeys(("unit", "device"), TEXT),
    **dict.fromkeys(("batch", "threads"), WHOLE),
    "note": TEXT,
}


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
