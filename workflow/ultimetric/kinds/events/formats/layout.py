"""What the formats of events share: checks of the momenta, and the file that is written."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.data.rows import append_rows
from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.kinds.events.measures import COMPONENTS, MOST_JETS, MUONS, PARTICLES
from ultimetric.kinds.formats import HDF5Format, OpenFile

NAME, LOG_DENSITIES = "momenta", "log_densities"
SHAPE = (len(PARTICLES), len(COMPONENTS))
AT_ONCE = 2**16  # rows


class EventFormat(HDF5Format):
    """A format of events; all are written as datasets `momenta` and `log_densities`."""

    def append(self, file: h5py.File, filters: dict[str, Any], events: Entries) -> None:
        append_rows(file, filters, NAME, events.kind.value_unit, events.data.reshape(-1, *SHAPE))
        log_densities = getattr(events, LOG_DENSITIES, None)
        if log_densities is not None:
            append_rows(file, filters, LOG_DENSITIES, "", log_densities, np.float64)


class OpenEvents(OpenFile):
    """An open file of events.

    Arguments:
        path: The file, for messages.
        kind: The kind of the events.
        name: The dataset of the momenta, for messages.
    """

    def __init__(self, path: str | Path, kind: Any, name: str) -> None:
        self.path, self.kind, self.name = path, kind, name

    @abstractmethod
    def rows(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
        """Momenta (n, 5, 4) and log densities (n, K) of some events, and their rows (n,)."""

    @cached_property
    def _classes(self) -> np.ndarray:
        starts = range(0, len(self), AT_ONCE)
        parts = [self.read(i, min(i + AT_ONCE, len(self))).condition for i in starts]
        return np.concatenate([np.empty((0, 1)), *parts])

    def condition(self) -> np.ndarray:
        return self._classes

    def read(self, start: int, stop: int) -> Entries:
        momenta, log_densities, numbers = self.rows(start, stop)
        there = momenta[..., 0] != 0
        jets = there[:, MUONS:].sum(1)
        # Muons, then jets without a gap; and at least one jet.
        expected = np.arange(len(PARTICLES)) < (MUONS + np.maximum(jets, 1))[:, None]
        if (wrong := (there != expected).any(1)).any():
            row = int(np.argmax(wrong))
            found = ", ".join(p for p, x in zip(PARTICLES, there[row], strict=True) if x)
            raise UserError(
                f"{self.path}: dataset {self.name!r}, row {numbers[row]} has {found or 'nothing'} "
                f"with an energy, not two muons and the first 1 to {MOST_JETS} jets"
            )
        data = momenta.reshape(-1, self.kind.n_values).astype(np.float32)
        events = self.kind.entries((jets - 1.0)[:, None], data)
        return events if log_densities is None else replace(events, log_densities=log_densities)
