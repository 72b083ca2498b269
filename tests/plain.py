"""A table of the report as text, for assertions."""

from __future__ import annotations

from ultimetric.report.tables import Table


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
