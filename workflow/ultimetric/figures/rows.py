"""Numbers of the table as figures look them up."""

from __future__ import annotations

from collections.abc import Iterable

from ultimetric.metrics.base import Row


def value(rows: Iterable[Row], sample: str, metric: str, **where: str) -> tuple[float, float]:
    """Value and error of a sample's metric, nan where there is none.

    Arguments:
        rows: to look in.
        sample, metric: of the number.
        where: other columns, e.g. inputs="high_level".
    """
    for row in rows:
        wanted = {"sample": sample, "metric": metric, **where}
        if all(getattr(row, column) == x for column, x in wanted.items()):
            found = (row.value, row.error)
            return tuple(float("nan") if x is None else x for x in found)
    return float("nan"), float("nan")
