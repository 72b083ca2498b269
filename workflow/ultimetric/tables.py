"""Tables as CSV files and pandas DataFrames.

A table between stages ends with a line that has its number of rows: otherwise an incomplete table,
as after a power cut, would look like a shorter one. Published tables are plain CSV for all
programs; provenance.json has their numbers of rows.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from io import StringIO
from numbers import Integral
from pathlib import Path
from typing import Any

import pandas as pd

from ultimetric.snake.notes import damaged

# Types of columns: texts, numbers that may be missing (nan), and whole numbers that may be (<NA>).
TEXT, NUMBER, WHOLE = "str", "float64", "Int64"
Columns = Mapping[str, str]


def frame_of(records: Iterable[Mapping[str, Any]], columns: Columns) -> pd.DataFrame:
    """A table of records.

    Arguments:
        records: Rows by column; a column that a row lacks is empty there.
        columns: The type of each column, one of TEXT, NUMBER and WHOLE.

    Raises:
        KeyError: A record has another column.
        TypeError, ValueError: A value is not of its column's type.
    """
    rows = list(records)
    if other := {name for row in rows for name in row} - columns.keys():
        raise KeyError(", ".join(sorted(other)))
    return pd.DataFrame(
        {name: _column([row.get(name) for row in rows], type_) for name, type_ in columns.items()}
    )


def write_table(
    path: str | Path,
    table: pd.DataFrame,
    published: bool = False,
    sort: list[str] | None = None,
) -> None:
    """Write a table with numbers of six digits: equal tables give equal bytes.

    Arguments:
        path: The file.
        table: The table.
        published: Whether it has no line with the number of rows.
        sort: The columns by whose texts rows are sorted; by default their order is kept.
    """
    texts = texts_of(table)
    if sort is not None:
        texts = texts.sort_values(sort, kind="stable")
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        texts.to_csv(file, index=False, lineterminator="\n")
        if not published:
            file.write(_end(len(texts)))


def texts_of(table: pd.DataFrame) -> pd.DataFrame:
    """The cells of a table as texts, as they are written; empty where something is missing."""
    return table.map(_text).astype("object")


def read_table(path: str | Path, columns: Columns, published: bool = False) -> pd.DataFrame:
    """Read what `write_table` wrote.

    Raises:
        UserError: The header, a value, a row or the last line is missing.
    """
    try:
        text = Path(path).read_bytes().decode()
    except UnicodeDecodeError:
        raise damaged(path, "it is no text") from None
    end = "" if published else text[text.rfind("\n", 0, -1) + 1 :]
    # Unlike pandas, csv tells a row that is too short from one of empty texts.
    rows = list(csv.reader(StringIO(text.removesuffix(end), newline="")))
    if not published and end != _end(len(rows) - 1):
        raise damaged(path, "its end is missing")
    if not rows or rows[0] != list(columns):
        raise damaged(path, f"its header is not {','.join(columns)}")
    if any(len(row) != len(columns) for row in rows):
        raise damaged(path, "a row is cut")
    texts = pd.DataFrame(rows[1:], columns=list(columns), dtype="str")
    try:
        return pd.DataFrame({name: _read(texts[name], type_) for name, type_ in columns.items()})
    except ValueError as error:
        raise damaged(path, str(error)) from None


def joined(tables: Iterable[pd.DataFrame], columns: Columns) -> pd.DataFrame:
    """Concatenate tables of the same columns; an empty table if there are none."""
    found = list(tables)
    return pd.concat(found, ignore_index=True) if found else frame_of([], columns)


def _column(values: list[Any], type_: str) -> pd.Series:
    if type_ == TEXT:
        return pd.Series(values, dtype="str").fillna("")
    if type_ == WHOLE:
        return pd.Series(values, dtype="Int64")
    numbers = [math.nan if x is None or x is pd.NA else float(x) for x in values]
    return pd.Series(numbers, dtype="float64")


def _read(texts: pd.Series, type_: str) -> pd.Series:
    if type_ == TEXT:
        return texts
    return pd.to_numeric(texts.where(texts != "")).astype(type_)


def _text(value: Any) -> str:
    if isinstance(value, str | Integral):
        return str(value)
    return "" if value is None or pd.isna(value) else f"{value:.6g}"


def _end(rows: int) -> str:
    return f"# end of {rows} rows\n"
