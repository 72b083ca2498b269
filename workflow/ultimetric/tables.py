"""Tables as CSV. Those between stages end with a line that tells how many rows they have.

A table of which a part is lost, as after a power cut, would else pass for a shorter one. Published
tables are plain CSV for all programs; provenance.json tells how many rows they have.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, fields
from io import StringIO
from numbers import Integral
from pathlib import Path
from typing import Any, TypeVar

from ultimetric.snake.notes import damaged

T = TypeVar("T")


def _number(text: str) -> float:
    """A number; whole ones keep all their digits."""
    return int(text) if text.lstrip("-").isdigit() else float(text)


# How the fields of a record are read, by their type; None is written empty.
READERS: dict[str, Callable[[str], Any]] = {
    "str": str, "int": int, "float": float, "int | float": _number,
}  # fmt: skip


def cells(record: Any) -> list[str]:
    """A record's fields as texts: numbers with six digits, so that equal records are equal."""
    return [_text(value) for value in astuple(record)]


def write_records(
    path: str | Path, kind: type, records: Iterable[Any], published: bool = False
) -> None:
    """Write records of a dataclass, in their order, a column for each of its fields."""
    write_table(path, [field.name for field in fields(kind)], map(cells, records), published)


def read_records(path: str | Path, kind: type[T], published: bool = False) -> list[T]:
    """Read what `write_records` wrote; raises UserError as `read_table` does."""
    types = {field.name: field.type for field in fields(kind)}
    return [
        kind(**{name: _value(types[name], text) for name, text in line.items()})
        for line in read_table(path, list(types), published)
    ]


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


def _text(value: Any) -> str:
    if isinstance(value, str | Integral):
        return str(value)
    return "" if value is None or math.isnan(value) else f"{value:.6g}"


def _value(kind: str, text: str) -> Any:
    optional = kind.removesuffix(" | None")
    return None if text == "" and optional != kind else READERS[optional](text)


def _end(rows: int) -> str:
    return f"# end of {rows} rows\n"
