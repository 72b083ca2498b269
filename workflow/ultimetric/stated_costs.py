"""Costs that are stated: in a file beside a sample, or in the file of a truth."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ultimetric.costs import COSTS, GIVEN_DEVICES, SIMULATE, time_per
from ultimetric.data.hdf5 import read_attributes, regular_file
from ultimetric.errors import UserError
from ultimetric.forms.names import meant, one_of, unknown_key
from ultimetric.forms.values import as_number, as_whole, shown
from ultimetric.kinds.base import Kind
from ultimetric.tables import NUMBER, WHOLE

LARGEST = 2**20  # bytes of a file of costs
NEEDED = ("quantity", "value")
ONE = ("sample", "stage", "quantity", "device", "batch", "threads")  # what has one value
# The unit of each quantity that tables and figures compare; of others it is free.
UNITS = {"training_time": "s", "parameters": "", "parameters_generation": "", "peak_memory": "MiB"}
Row = dict[str, Any]


def stated_costs(path: Path, sample: str, kind: Kind) -> list[Row]:
    """The rows of a file of costs that are of a sample, as plain data.

    Arguments:
        path: A CSV file with columns of `costs.COSTS`, `quantity` and `value` among them.
        sample: The name of the sample; rows that name another one are left out.
        kind: The kind of data, which names the time per entry.

    Raises:
        UserError: It is no such table; the message names the file, the line and the column.
    """
    rows = [
        {**row, "note": "; ".join(filter(None, ["stated by the submission", row.get("note")]))}
        for _, row in _rows(path, kind)
        if row.setdefault("sample", sample) == sample
    ]
    if not rows:
        raise UserError(f"{path}: no row is of the sample {sample!r}")
    return rows


def stated_simulation(path: Path, kind: Kind) -> list[Row]:
    """The rows of a file with the costs of the simulation of a truth, as plain data.

    Arguments: As of `stated_costs`; the column `sample` has no meaning.

    Raises:
        UserError: It is no such table, or the source of a number is not in its note.
    """
    rows = []
    for place, row in _rows(path, kind):
        if "note" not in row:
            raise UserError(f"{place}: no note says where the number comes from")
        rows.append(row | {"sample": kind.made_by, "stage": SIMULATE})
    return rows


def costs_of_truth(path: Path, kind: Kind) -> list[Row]:
    """The time that a truth took to simulate, as the attributes of its file say, as plain data.

    `seconds_per_<entry>` is the mean time, `seconds_at_<unit>` JSON with lists of a value of the
    condition, the time there and its error, and `timed_on` the machine.

    Raises:
        UserError: An attribute is something else.
    """
    told = read_attributes(path)
    note = f"stated by {path.name}"
    if told.get("timed_on"):
        note += f", timed on {told['timed_on']}"
    common = {"sample": kind.made_by, "stage": SIMULATE, "unit": "ms", "device": "cpu"}
    found = []
    name = f"seconds_per_{kind.entry}"
    if name in told:
        found.append((time_per(kind.entry), [told[name]], name))
    unit = kind.condition.unit if kind.condition else ""
    if (name := f"seconds_at_{unit}") in told:
        for value, *seconds in _listed(path, name, told[name]):
            found.append((time_per(kind.entry, value, unit), seconds, name))
    rows = []
    for quantity, seconds, name in found:
        value, error = (*(1e3 * _number(path, name, x) for x in seconds), math.nan)[:2]
        row = common | {"quantity": quantity, "value": value, "note": note}
        rows.append(row if math.isnan(error) else row | {"error": error})
    return rows


def _rows(path: Path, kind: Kind) -> Iterator[tuple[str, Row]]:
    """The rows of a file, each with its place for messages; empty cells are left out."""
    if regular_file(path).st_size > LARGEST:
        raise UserError(f"{path}: more than {LARGEST >> 20} MiB, too large for a table of costs")
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except UnicodeDecodeError:
        raise UserError(f"{path}: not a table in UTF-8") from None
    except (OSError, csv.Error) as error:
        raise UserError(f"{path}: not a CSV table ({error})") from None
    header = [cell.strip() for cell in lines[0]] if lines else []
    for name in header:
        if name not in COSTS:
            raise UserError(unknown_key(name, COSTS, f"{path}, header").replace("key", "column"))
    for name in NEEDED:
        if name not in header:
            raise UserError(f"{path}: its header has no column {name!r}")
    seen: dict[tuple[Any, ...], int] = {}
    for number, cells in enumerate(lines[1:], 2):
        if cells:
            place = f"{path}, line {number}"
            row = _row(header, cells, kind, place)
            first = seen.setdefault(tuple(map(row.get, ONE)), number)
            if first != number:
                raise UserError(f"{place}: line {first} has this {row['quantity']}, too")
            yield place, row


def _row(header: list[str], cells: list[str], kind: Kind, place: str) -> Row:
    if len(cells) != len(header):
        raise UserError(f"{place}: {len(cells)} cells, but the header has {len(header)}")
    texts = {name: x.strip() for name, x in zip(header, cells, strict=True) if x.strip()}
    row = {name: _cell(name, x, f"{place}, {name}") for name, x in texts.items()}
    for name in NEEDED:
        if name not in row:
            raise UserError(f"{place}: no {name} is given")
    if "device" in row:
        one_of(row["device"].lower(), GIVEN_DEVICES, f"{place}, device")
        row["device"] = GIVEN_DEVICES[row["device"].lower()]
    wanted = _unit(row["quantity"], kind, place)
    if wanted is not None and row.setdefault("unit", wanted) != wanted:
        wanted = wanted or "no unit"
        raise UserError(f"{place}: {row['quantity']} must be in {wanted}, not in {row['unit']}")
    return row


def _unit(quantity: str, kind: Kind, place: str) -> str | None:
    """The unit that a quantity must have; None if it is free."""
    time = time_per(kind.entry)
    if quantity == time or quantity.startswith(f"{time}_at_"):
        return "ms"
    if quantity not in UNITS and (near := meant(quantity, [*UNITS, time])):
        raise UserError(f"{place}: unknown quantity {quantity!r}{near}")
    return UNITS.get(quantity)


def _cell(name: str, text: str, place: str) -> Any:
    if COSTS[name] == NUMBER:
        number = as_number(text)
        if isinstance(number, str) or not 0 <= number < math.inf:
            raise UserError(f"{place}: {shown(text)} is not a number >= 0")
        return number
    if COSTS[name] == WHOLE:
        whole = as_whole(text)
        if not isinstance(whole, int) or whole < 1:
            raise UserError(f"{place}: {shown(text)} is not a whole number >= 1")
        return whole
    return text


def _listed(path: Path, name: str, text: Any) -> list[list[float]]:
    """Lists of two or three numbers."""
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        found = None
    if not isinstance(found, list) or not all(
        isinstance(x, list) and len(x) in (2, 3) for x in found
    ):
        raise UserError(f"{path}: the attribute {name!r} is no JSON list of [value, seconds]")
    return [[_number(path, name, x) for x in each] for each in found]


def _number(path: Path, name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise UserError(f"{path}: the attribute {name!r} is no number") from None
