"""HDF5 files whose entries are rows of numbers, for kinds without a layout of their own.

Datasets: the values (N, n_values), float32, under the name of the format; `condition` (N, 1),
float64, if the kind has one; `group` (N,), if entries are related.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import h5py
import numpy as np

from ultimetric.data.hdf5 import find_dataset, names_in, open_hdf5, read, read_dataset
from ultimetric.data.rows import append_rows
from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.kinds.formats import HDF5Format, OpenFile

CONDITION, GROUP = "condition", "group"


class FlatRows(HDF5Format):
    """A format with one row of values per entry.

    Attributes:
        name: The name of the dataset of values.
    """

    name: ClassVar[str]

    def recognises(self, path: str | Path, kind: Any) -> bool:
        with open_hdf5(path) as file:
            return self.name in names_in(file)

    @contextmanager
    def opened(self, path: str | Path, kind: Any) -> Iterator[OpenRows]:
        with open_hdf5(path) as file:
            rows = find_dataset(file, self.name)
            if rows.shape[1:] != (kind.n_values,):
                raise UserError(
                    f"{path}: dataset {self.name!r} has the shape {rows.shape}, not (N, "
                    f"{kind.n_values})"
                )
            condition = np.empty((len(rows), 0))
            if kind.condition is not None:
                condition = read_dataset(file, CONDITION).astype(np.float64)
            group = read_dataset(file, GROUP) if GROUP in names_in(file) else None
            for name, found in ((CONDITION, condition), (GROUP, group)):
                if found is not None and len(found) != len(rows):
                    raise UserError(
                        f"{path}: dataset {name!r} has {len(found)} rows, {self.name!r} "
                        f"{len(rows)}"
                    )
            yield OpenRows(path, kind, rows, condition, group)

    def append(self, file: h5py.File, filters: dict[str, Any], entries: Entries) -> None:
        kind = entries.kind
        append_rows(file, filters, self.name, kind.value_unit, entries.data)
        if kind.condition is not None:
            unit = kind.condition.unit
            append_rows(file, filters, CONDITION, unit, entries.condition, np.float64)
        if entries.group is not None:
            append_rows(file, filters, GROUP, "", entries.group, np.int64)


class OpenRows(OpenFile):
    """An open file of rows.

    Arguments:
        path: The file, for messages.
        kind: The kind of the entries.
        rows: The values.
        condition: The conditions (N, C) of all entries.
        group: The groups (N,) of all entries, if there are any.
    """

    def __init__(
        self,
        path: str | Path,
        kind: Any,
        rows: h5py.Dataset,
        condition: np.ndarray,
        group: np.ndarray | None,
    ) -> None:
        self.path, self.kind, self.rows = path, kind, rows
        self._condition, self._group = condition, group

    def __len__(self) -> int:
        return len(self.rows)

    def condition(self) -> np.ndarray:
        return self._condition

    def group(self) -> np.ndarray | None:
        return self._group

    def read(self, start: int, stop: int) -> Entries:
        data = read(self.rows, np.s_[start:stop]).astype(np.float32)
        if not (finite := np.isfinite(data).all(1)).all():
            row, name = start + int(np.argmin(finite)), self.rows.name.strip("/")
            raise UserError(f"{self.path}: dataset {name!r}, row {row} is not finite")
        group = None if self._group is None else self._group[start:stop]
        return self.kind.entries(self._condition[start:stop], data, group)
