"""Vectors in HDF5: the dataset `vector` (N, d), float32."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.data.hdf5 import find_dataset, open_hdf5, read
from ultimetric.data.rows import COMPRESSED, append_rows
from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.kinds.formats import Format, OpenFile

NAME = "vector"


class Rows(Format):
    """One row per vector."""

    @contextmanager
    def opened(self, path: str | Path, kind: Any) -> Iterator[OpenRows]:
        with open_hdf5(path) as file:
            dataset = find_dataset(file, NAME)
            if dataset.shape[1:] != (kind.n_values,):
                raise UserError(
                    f"{path}: dataset {NAME!r} has the shape {dataset.shape}, not (N, "
                    f"{kind.n_values})"
                )
            yield OpenRows(path, kind, dataset)

    @contextmanager
    def writer(
        self, path: str | Path, kind: Any, compress: bool = False, **attributes: Any
    ) -> Iterator[Callable[[Entries], None]]:
        with h5py.File(path, "w") as file:
            file.attrs.update(attributes)
            yield partial(_append, file, COMPRESSED if compress else {})


class OpenRows(OpenFile):
    """An open file of vectors.

    Arguments:
        path: The file, for messages.
        kind: The vectors' kind.
        dataset: The rows.
    """

    def __init__(self, path: str | Path, kind: Any, dataset: h5py.Dataset) -> None:
        self.path, self.kind, self.dataset = path, kind, dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def condition(self) -> np.ndarray:
        return np.empty((len(self), 0))

    def read(self, start: int, stop: int) -> Entries:
        data = read(self.dataset, np.s_[start:stop]).astype(np.float32)
        if not (finite := np.isfinite(data).all(1)).all():
            row = start + int(np.argmin(finite))
            raise UserError(f"{self.path}: dataset {NAME!r}, row {row} is not finite")
        return self.kind.entries(np.empty((len(data), 0)), data)


def _append(file: h5py.File, filters: dict[str, Any], vectors: Entries) -> None:
    append_rows(file, filters, NAME, "", vectors.data)
