"""Tables as CSV. Those between stages end with a line that tells how many rows they have.

A table of which a part is lost, as after a power cut, would else pass for a shorter one. Published
tables are plain CSV for all programs; provenance.json tells how many rows they have.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

from ultimetric.made import damaged


def write_table(
    path: str | Path,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    published: bool = False,
) -> None:
    """Write a header, rows, and the end mark unless the table is `published`."""
    rows = list(rows)
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
        if not published:
            file.write(_end(len(rows)))


def read_table(
    path: str | Path, columns: Sequence[str] | None = None, published: bool = False
) -> list[dict[str, str]]:
    """Read rows as texts by column; `columns` that are given are those of the table.

    Raises:
        UserError: the header, a value, a row or the end mark is missing.
    """
    try:
        lines = list(StringIO(Path(path).read_bytes().decode(), newline=""))
    except UnicodeDecodeError:
        raise damaged(path, "it is no text") from None
    end = "" if published or not lines else lines.pop()
    rows = list(csv.reader(lines))
    if not published and end != _end(len(rows) - 1):
        raise damaged(path, "its end is missing")
    header = rows[0] if rows else []
    if not header or header != list(columns or header):
        raise damaged(path, f"its header is not {','.join(columns or ['there'])}")
    if any(len(row) != len(header) for row in rows):
        raise damaged(path, "a row is cut")
    return [dict(zip(header, row, strict=True)) for row in rows[1:]]


def _end(rows: int) -> str:
    return f"# end of {rows} rows\n"
