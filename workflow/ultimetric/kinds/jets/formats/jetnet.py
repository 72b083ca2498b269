"""Jets in JetNet's format: HDF5 with the hardest constituents of each jet.

Datasets: `particle_features` (N, 30, 4): eta and phi relative to the jet, pT over that of the jet,
and 1 where there is a particle, which come by falling pT; `event_index` (N,), which may be
missing: jets of one event share a number. `jet_features` (N, 4), pT in GeV, eta, mass in GeV and
the number of all constituents, are not used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.data.hdf5 import find_dataset, names_in, open_hdf5, read
from ultimetric.data.rows import COMPRESSED, append_rows
from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.kinds.formats import Format, OpenFile
from ultimetric.kinds.jets.measures import PARTICLES, VARIABLES, high_level

NAME, EVENT = "particle_features", "event_index"
MASK = len(VARIABLES)


class JetNet(Format):
    """One row of particles per jet."""

    datasets = f"{NAME} (as JetNet)"

    def recognises(self, path: str | Path, kind: Any) -> bool:
        with open_hdf5(path) as file:
            return NAME in names_in(file)

    @contextmanager
    def opened(self, path: str | Path, kind: Any) -> Iterator[OpenJets]:
        with open_hdf5(path) as file:
            particles, event = find_dataset(file, NAME), event_of(file)
            if particles.shape[1:] != (PARTICLES, MASK + 1):
                raise UserError(
                    f"{path}: dataset {NAME!r} has the shape {particles.shape}, not (N, "
                    f"{PARTICLES}, {MASK + 1})"
                )
            if event is not None and len(event) != len(particles):
                raise UserError(f"{path}: its datasets have different numbers of jets")
            yield OpenJets(path, kind, particles, event)

    @contextmanager
    def writer(
        self, path: str | Path, kind: Any, compress: bool = False, **attributes: Any
    ) -> Iterator[Callable[[Entries], None]]:
        with h5py.File(path, "w") as file:
            file.attrs.update(attributes)
            yield partial(_append, file, COMPRESSED if compress else {})


class OpenJets(OpenFile):
    """An open file of jets.

    Arguments:
        path: The file, for messages.
        kind: The kind of the jets, with their content.
        particles: The rows of particles.
        event: The numbers of the events, if the file has them.
    """

    def __init__(
        self, path: str | Path, kind: Any, particles: h5py.Dataset, event: np.ndarray | None
    ) -> None:
        self.path, self.kind, self.particles, self.event = path, kind, particles, event

    def __len__(self) -> int:
        return len(self.particles)

    def condition(self) -> np.ndarray:
        return np.empty((len(self), 0))

    def group(self) -> np.ndarray | None:
        return self.event

    def read(self, start: int, stop: int) -> Entries:
        found = read(self.particles, np.s_[start:stop]).astype(np.float32)
        mask = found[..., MASK]
        found = np.where(mask[..., None] > 0, found[..., :MASK], 0)
        wrong = ~np.isfinite(found).all((1, 2)) | (found[..., MASK - 1] < 0).any(1)
        wrong |= ~np.isfinite(mask).all(1)
        if wrong.any():
            row = start + int(np.argmax(wrong))
            raise UserError(
                f"{self.path}: dataset {NAME!r}, row {row} has values that are not finite, or a "
                "negative pT"
            )
        flat = (len(found), self.kind.n_values)
        data = found.reshape(flat) if self.kind.cloud else high_level(found)
        event = None if self.event is None else self.event[start:stop]
        return self.kind.entries(np.empty((len(data), 0)), data, event)


def event_of(file: h5py.File) -> np.ndarray | None:
    """The numbers of the events of jets (N,), if a file has them."""
    return read(find_dataset(file, EVENT)) if EVENT in names_in(file) else None


def append_jets(
    file: h5py.File, filters: dict[str, Any], particles: np.ndarray, event: np.ndarray | None
) -> None:
    """Append jets (N, 30, 3), and their events (N,) if they are known."""
    there = (particles != 0).any(2, keepdims=True)
    append_rows(file, filters, NAME, "", np.concatenate([particles, there], axis=2))
    if event is not None:
        append_rows(file, filters, EVENT, "", event, np.int64)


def _append(file: h5py.File, filters: dict[str, Any], jets: Entries) -> None:
    particles = jets.data.reshape(len(jets), PARTICLES, len(VARIABLES))
    append_jets(file, filters, particles, jets.group)
