"""The table of observables of a set of entries, which is computed once and read by all stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from ultimetric.data.hdf5 import attribute, open_hdf5, read_dataset
from ultimetric.data.rows import append_rows
from ultimetric.errors import UserError, described, refusal
from ultimetric.events import Entries, Events
from ultimetric.kinds.inputs import Inputs
from ultimetric.kinds.observables import Columns, Observable, Rows

OBSERVABLES, CONDITION = "observables", "condition"


@dataclass(frozen=True)
class Table(Mapping[str, np.ndarray]):
    """The observables (N,) of the entries in a file, by name; each is read when it is used.

    Arguments:
        path: The file of the table.
        rows: The chosen rows; all by default.
    """

    path: Path
    rows: Rows = field(default_factory=lambda: slice(None))

    def __getitem__(self, name: str) -> np.ndarray:
        with open_hdf5(self.path) as file:
            return read_dataset(file, f"{OBSERVABLES}/{name}")[self.rows]

    def __iter__(self) -> Iterator[str]:
        with open_hdf5(self.path) as file:
            order = attribute(file[OBSERVABLES], "order")
        return iter(order.split("\n") if order else [])

    def __len__(self) -> int:
        return len(list(iter(self)))


@dataclass(frozen=True)
class JoinedTables(Mapping[str, np.ndarray]):
    """The observables of several sets of one kind, one after another."""

    parts: tuple[Columns, ...]

    def __getitem__(self, name: str) -> np.ndarray:
        return np.concatenate([part[name] for part in self.parts])

    def __iter__(self) -> Iterator[str]:
        return iter(self.parts[0])

    def __len__(self) -> int:
        return len(self.parts[0])


@dataclass(frozen=True)
class ChosenRows(Mapping[str, np.ndarray]):
    """The observables of some entries of a set."""

    columns: Columns
    rows: Rows

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name][self.rows]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)


def write_table(path: str | Path, events: Events) -> None:
    """Compute all observables, block by block, and write them with the condition of each entry.

    Raises:
        UserError: An observable is not one finite number per entry that has it.
    """
    catalogue, condition = events.kind.observables, events.kind.condition
    with h5py.File(path, "w") as file:
        file.create_group(OBSERVABLES).attrs["order"] = "\n".join(catalogue)
        for block in events.blocks():
            if condition is not None:
                name = f"{CONDITION}/{condition.name}"
                append_rows(file, {}, name, condition.unit, block.condition[:, 0], np.float64)
            for name, observable in catalogue.items():
                column, values = f"{OBSERVABLES}/{name}", _values(observable, block)
                append_rows(file, {}, column, observable.unit, values, np.float64)
        for name, observable in catalogue.items():
            file[f"{OBSERVABLES}/{name}"].attrs["label"] = observable.label


def compute(events: Events) -> dict[str, np.ndarray]:
    """Compute every observable (N,), float64, of entries without a table.

    No entry is dropped; the value of an entry without an observable is nan. The values of an
    entry do not depend, to the last bit, on the other entries.
    """
    catalogue = events.kind.observables
    columns = {name: np.empty(len(events)) for name in catalogue}
    start = 0
    for block in events.blocks():
        for name, observable in catalogue.items():
            columns[name][start : start + len(block)] = _values(observable, block)
        start += len(block)
    return columns


def inputs_of(name: str, events: Events, columns: Columns | None = None) -> np.ndarray:
    """Compute classifier inputs (N, D) of entries, float32.

    Arguments:
        name: The name of the inputs.
        events: The entries, which all have these inputs.
        columns: Their table, for inputs that are made of observables; computed if not given.

    Raises:
        UserError: There are no such inputs, or they are not finite numbers (N, D).
    """
    inputs = _known(name, events)
    if not inputs.reads_observables:
        return events.each(lambda block: _inputs(inputs, block, {}))
    columns = compute(events) if columns is None else columns
    if not inputs.reads_data:
        return _inputs(inputs, events, columns)
    whole = {column: columns[column] for column in columns}
    start = 0

    def of_block(block: Entries) -> np.ndarray:
        nonlocal start
        rows = slice(start, start + len(block))
        start = rows.stop
        part = {column: values[rows] for column, values in whole.items()}
        return _inputs(inputs, block, part)

    return events.each(of_block)


def rows_with(name: str, events: Events, columns: Columns | None = None) -> Rows:
    """The entries that have classifier inputs: a slice of all, or bool (N,).

    Arguments:
        name, events, columns: As of `inputs_of`; some of the entries may lack the inputs.

    Raises:
        UserError: There are no such inputs, or they do not say which entries have them.
    """
    inputs = _known(name, events)
    if inputs.of_all:
        return slice(None)
    if inputs.reads_observables and columns is None:
        columns = compute(events)
    found = inputs.there(events, columns if inputs.reads_observables and columns else {})
    there = np.asarray(found)
    if there.shape != (len(events),) or there.dtype != bool:
        needed = f"shape ({len(events)},) of bool"
        raise refusal(inputs, f"there returned {described(found)}", needed)
    return slice(None) if there.all() else there


def _known(name: str, events: Events) -> Inputs:
    known = events.kind.inputs
    if name not in known:
        raise UserError(f"inputs {name!r} are not known; there are {', '.join(known)}")
    return known[name]


def _values(observable: Observable, block: Entries) -> np.ndarray:
    """The values of an observable (N,); all but one finite number per entry is refused.

    Entries may lack an observable only if it says so.
    """
    values = observable.values(block)
    if np.shape(values) != (len(block),):
        raise refusal(observable, f"values returned {described(values)}", f"shape ({len(block)},)")
    valid = np.isfinite(values) | (np.isnan(values) if observable.partial else False)
    if not valid.all():
        row = int(np.argmin(valid))
        needed = "finite numbers" + ", or nan of entries without it" * observable.partial
        raise refusal(observable, f"its value of row {row} is {values[row]}", needed)
    return values


def _inputs(inputs: Inputs, events: Events, columns: Columns) -> np.ndarray:
    """Inputs (N, D) of entries, float32; anything but rows of finite numbers is refused."""
    values = inputs.values(events, columns)
    shape = np.shape(values)
    if len(shape) != 2 or shape[0] != len(events):
        raise refusal(inputs, f"values returned {described(values)}", f"shape ({len(events)}, D)")
    values = values.astype(np.float32)
    if not np.isfinite(values).all():
        raise refusal(inputs, "its values are not all finite in 32 bits", "finite numbers")
    return values
