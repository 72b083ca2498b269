"""Tables of the report as tests look at them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from ultimetric.analyses.base import Analysis
from ultimetric.analyses.numbers import number_table
from ultimetric.findings.table import FINDINGS
from ultimetric.report.declared import declared
from ultimetric.report.tables import Names, Table, make_tables
from ultimetric.report.verdict import PERHAPS, YES, verdicts
from ultimetric.tables import frame_of


def tables_of(
    analysis: type[Analysis],
    rows: pd.DataFrame | Iterable[dict[str, Any]],
    order: dict[str, list[str]] | None = None,
    controls: dict[str, str] | None = None,
) -> list[Table]:
    """The tables that an analysis declares, of some numbers, with names for labels."""
    table = number_table(rows)
    found = verdicts(table, frame_of([], FINDINGS), (), {})
    told = {(v.dataset, v.sample): v for v in found if v.answer in (YES, PERHAPS)}
    names = Names(str, order or {}, controls or {}, told)
    forms = [declared(literal, analysis.__name__) for literal in analysis.tables]
    return [made for form in forms for made in make_tables(table, form, names, everything)]


def everything(dataset: str, groups: Sequence[Iterable[str]]) -> list[bool]:
    """All samples stand in the only part of an undivided report."""
    return [True for _ in groups]


def plain(table: Table) -> str:
    """The name, first column and marks of a table as text."""
    lines = [["", *table.inputs]]
    for line in table.lines:
        lines.append([line.label, *(cells[0].text + cells[0].marks for cells in line.cells)])
    first, *widths = (max(map(len, column)) for column in zip(*lines, strict=True))
    text = [f"{table.columns[0]}: {table.name}"]
    for name, *values in lines:
        aligned = (value.rjust(width) for value, width in zip(values, widths, strict=True))
        text.append("  ".join([name.ljust(first), *aligned]))
    return "\n".join([*text, *(f"{mark} {meaning}" for mark, meaning in table.marks.items())])
