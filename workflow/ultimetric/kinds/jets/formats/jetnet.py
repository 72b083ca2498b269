"""Jets in JetNet's format: HDF5 with the hardest constituents of each jet.

Datasets: `particle_features` (N, P, 4): eta and phi relative to the jet, pT over that of the jet,
and 1 where there is a particle, which come by falling pT; P is 30 or 150 in JetNet's own files.
`jet_features` (N, 4): pT in GeV, eta, mass in GeV and the number of all constituents; the first
two are read if a dataset asks for them (`absolute`). `event_index` (N,), which JetNet lacks: jets
of one event share a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.data.hdf5 import find_dataset, names_in, open_hdf5, read
from ultimetric.data.rows import append_rows
from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.kinds.formats import HDF5Format, OpenFile
from ultimetric.kinds.jets.measures import VARIABLES, high_level, relative_mass

NAME, FEATURES, EVENT = "particle_features", "jet_features", "event_index"
MASK = len(VARIABLES)
N_FEATURES, KNOWN = 4, 2  # numbers of a jet in a file, and those that are read: pT and eta


class JetNet(HDF5Format):
    """One row of particles per jet."""

    datasets = f"{NAME} (as JetNet)"

    def recognises(self, path: str | Path, kind: Any) -> bool:
        with open_hdf5(path) as file:
            return NAME in names_in(file)

    @contextmanager
    def opened(self, path: str | Path, kind: Any) -> Iterator[OpenJets]:
        with open_hdf5(path) as file:
            particles, event = _particles_of(file, kind.n_particles), event_of(file)
            features = _features_of(file) if kind.absolute else None
            if any(x is not None and len(x) != len(particles) for x in (features, event)):
                raise UserError(f"{path}: its datasets have different numbers of jets")
            yield OpenJets(path, kind, particles, features, event)

    def append(self, file: h5py.File, filters: dict[str, Any], jets: Entries) -> None:
        """Append jets; if their pT is known, with mass and number of the particles there are."""
        particles, features = jets.kind.particles(jets.data), None
        if jets.kind.absolute:
            pt, eta = jets.data[:, -KNOWN:].T
            counts = (particles != 0).any(2).sum(1)
            features = np.stack([pt, eta, pt * relative_mass(particles), counts], axis=1)
        append_jets(file, filters, particles, jets.group, features)


class OpenJets(OpenFile):
    """An open file of jets.

    Arguments:
        path: The file, for messages.
        kind: The kind of the jets, with their content.
        particles: The rows of particles.
        features: The rows of numbers of the jets, if the kind has pT and eta of the jet.
        event: The numbers of the events, if the file has them.
    """

    def __init__(
        self,
        path: str | Path,
        kind: Any,
        particles: h5py.Dataset,
        features: h5py.Dataset | None,
        event: np.ndarray | None,
    ) -> None:
        self.path, self.kind, self.event = path, kind, event
        self.particles, self.features = particles, features

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
        finite = np.isfinite(found).all((1, 2)) & np.isfinite(mask).all(1)
        self._refuse(NAME, start, np.logical_or(~finite, (found[..., MASK - 1] < 0).any(1)))
        flat = (len(found), self.kind.n_particles * MASK)
        data = found.reshape(flat) if self.kind.cloud else high_level(found)
        if self.features is not None:
            known = read(self.features, np.s_[start:stop])[:, :KNOWN].astype(np.float32)
            finite = np.isfinite(known).all(1)
            self._refuse(FEATURES, start, np.logical_or(~finite, known[:, 0] < 0))
            data = np.concatenate([data, known], axis=1)
        event = None if self.event is None else self.event[start:stop]
        return self.kind.entries(np.empty((len(data), 0)), data, event)

    def _refuse(self, name: str, start: int, wrong: np.ndarray) -> None:
        """Refuse the first row of which `wrong` (n,) is true, counted from `start`."""
        if wrong.any():
            row = start + int(np.argmax(wrong))
            raise UserError(
                f"{self.path}: dataset {name!r}, row {row} has values that are not finite, or a "
                "negative pT"
            )


def particles_stored(file: h5py.File) -> int | None:
    """The number P of particles per jet in an open file; None if it is not in this format."""
    found = find_dataset(file, NAME) if NAME in names_in(file) else None
    return found.shape[1] if found is not None and found.ndim == 3 else None


def event_of(file: h5py.File) -> np.ndarray | None:
    """The numbers of the events of jets (N,), if a file has them."""
    return read(find_dataset(file, EVENT)) if EVENT in names_in(file) else None


def append_jets(
    file: h5py.File,
    filters: dict[str, Any],
    particles: np.ndarray,
    event: np.ndarray | None,
    features: np.ndarray | None,
) -> None:
    """Append jets (N, P, 3), and their events (N,) and features (N, 4) if they are known."""
    there = (particles != 0).any(2, keepdims=True)
    append_rows(file, filters, NAME, "", np.concatenate([particles, there], axis=2))
    if features is not None:
        append_rows(file, filters, FEATURES, "", features)
    if event is not None:
        append_rows(file, filters, EVENT, "", event, np.int64)


def _particles_of(file: h5py.File, number: int) -> h5py.Dataset:
    found = find_dataset(file, NAME)
    if found.ndim != 3 or found.shape[2] != MASK + 1:
        raise UserError(
            f"{file.filename}: dataset {NAME!r} has the shape {found.shape}, not (N, {number}, "
            f"{MASK + 1})"
        )
    if found.shape[1] != number:
        raise UserError(
            f"{file.filename}: dataset {NAME!r} has {found.shape[1]} particles per jet, not "
            f"{number}; `particles: {found.shape[1]}` in its dataset fits"
        )
    return found


def _features_of(file: h5py.File) -> h5py.Dataset:
    if FEATURES not in names_in(file):
        raise UserError(
            f"{file.filename}: dataset {FEATURES!r}, which `absolute: true` needs, is missing; "
            "`absolute: false` fits"
        )
    found = find_dataset(file, FEATURES)
    if found.shape[1:] != (N_FEATURES,):
        raise UserError(
            f"{file.filename}: dataset {FEATURES!r} has the shape {found.shape}, not (N, "
            f"{N_FEATURES}); `absolute: false` does not need it"
        )
    return found
