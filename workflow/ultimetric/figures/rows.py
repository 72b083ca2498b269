"""Look up numbers in the table."""

from __future__ import annotations

import pandas as pd


def chosen(rows: pd.DataFrame, **where: str) -> pd.DataFrame:
    """The rows whose columns have these texts."""
    for column, text in where.items():
        rows = rows[rows[column] == text]
    return rows


def value(rows: pd.DataFrame, sample: str, metric: str, **where: str) -> tuple[float, float]:
    """Value and error of a sample's metric, nan where there is none.

    Arguments:
        rows: The numbers.
        sample: The name of the sample.
        metric: The name of the metric.
        where: Other columns, such as inputs="high_level".
    """
    found = chosen(rows, sample=sample, metric=metric, **where)
    if found.empty:
        return float("nan"), float("nan")
    first = found.iloc[0]
    return float(first["value"]), float(first["error"])
