"""Events in HDF5: `momenta` (N, 5, 4), float32, (E, px, py, pz) in GeV of mu-, mu+ and three jets.

Absent jets are 0. `log_densities` (N, K), float64, may be missing: see `Collisions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.data.hdf5 import find_dataset, names_in, open_hdf5, read
from ultimetric.errors import UserError
from ultimetric.kinds.events.formats.layout import (
    LOG_DENSITIES,
    NAME,
    SHAPE,
    EventFormat,
    OpenEvents,
)


class Momenta(EventFormat):
    """One row of five particles per event."""

    datasets = f"{NAME} (N, {SHAPE[0]}, {SHAPE[1]})"

    def recognises(self, path: str | Path, kind: Any) -> bool:
        with open_hdf5(path) as file:
            return NAME in names_in(file)

    @contextmanager
    def opened(self, path: str | Path, kind: Any) -> Iterator[OpenMomenta]:
        with open_hdf5(path) as file:
            momenta, densities = find_dataset(file, NAME), None
            if momenta.shape[1:] != SHAPE:
                raise UserError(
                    f"{path}: dataset {NAME!r} has the shape {momenta.shape}, not (N, {SHAPE[0]}, "
                    f"{SHAPE[1]})"
                )
            if LOG_DENSITIES in names_in(file):
                densities = find_dataset(file, LOG_DENSITIES)
                if densities.ndim != 2 or len(densities) != len(momenta):
                    raise UserError(
                        f"{path}: dataset {LOG_DENSITIES!r} has the shape {densities.shape}, not "
                        f"({len(momenta)}, K)"
                    )
            yield OpenMomenta(path, kind, momenta, densities)


class OpenMomenta(OpenEvents):
    """An open file; see `OpenEvents`.

    Arguments:
        momenta: The momenta.
        densities: The log densities, if there are any.
    """

    def __init__(
        self, path: str | Path, kind: Any, momenta: h5py.Dataset, densities: h5py.Dataset | None
    ) -> None:
        super().__init__(path, kind, NAME)
        self.momenta, self.densities = momenta, densities

    def __len__(self) -> int:
        return len(self.momenta)

    def rows(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
        momenta = self._finite(self.momenta, NAME, start, stop, np.float32)
        densities = self.densities
        if densities is not None:
            densities = self._finite(densities, LOG_DENSITIES, start, stop, np.float64)
        return momenta, densities, np.arange(start, stop)

    def _finite(
        self, dataset: h5py.Dataset, name: str, start: int, stop: int, dtype: Any
    ) -> np.ndarray:
        found = read(dataset, np.s_[start:stop]).astype(dtype)
        finite = np.isfinite(found).all(tuple(range(1, found.ndim)))
        if not finite.all():
            row = start + int(np.argmin(finite))
            raise UserError(f"{self.path}: dataset {name!r}, row {row} is not finite")
        return found
