"""What the formats of showers share: checks whose messages name the dataset and the row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import ceil, prod
from pathlib import Path
from typing import Any, ClassVar

import h5py
import numpy as np

from ultimetric.data.hdf5 import open_hdf5
from ultimetric.data.rows import append_rows
from ultimetric.errors import UserError
from ultimetric.events import Entries, block_size
from ultimetric.kinds.formats import HDF5Format, OpenFile
from ultimetric.kinds.showers.geometry import GEV, Geometry, known_geometries
from ultimetric.progress import progress

# Bytes of decompressed chunks that are kept: blocks may end within chunks of a file.
CHUNKS_KEPT = 2**26
# Bytes that the chunks of one shower may take, as each is decompressed as a whole.
LARGEST_CHUNKS = 2**30
# Incident energies may leave the geometry's range by rounding, no further.
ENERGY_TOLERANCE = 1e-3
LARGEST_DEPOSIT = float(np.finfo(np.float32).max)
# Median deposits beyond these, relative to the incident energy, mean other units than those of the
# format.
LARGEST_RESPONSE = 10.0
SMALLEST_RESPONSE = 0.01
NONE_FITS = "no geometry of the package fits (docs/tutorials/geometry.md describes another one)"
SUMMED = "already summed to coarse cells: the threshold acted on sums"


class OpenShowers(OpenFile, ABC):
    """An open file of showers.

    Arguments:
        path: The file, for messages.
        kind: The kind of the showers.
        datasets: The dataset of incident energies, then those of deposits.

    Attributes:
        energy_name, energy_unit: The dataset of incident energies and its unit, for messages.
    """

    energy_name: ClassVar[str]
    energy_unit: ClassVar[str]

    def __init__(self, path: str | Path, kind: Any, datasets: list[h5py.Dataset]) -> None:
        self.path, self.kind, self.datasets = path, kind, datasets

    def __len__(self) -> int:
        return len(self.datasets[0])

    @abstractmethod
    def energies(self, rows: slice) -> np.ndarray:
        """The incident energies (n,) of some rows in GeV, float64."""

    @abstractmethod
    def deposits(self, rows: slice) -> dict[str, np.ndarray]:
        """The deposits (n, ...) of some rows in MeV, by dataset."""

    @property
    @abstractmethod
    def summed(self) -> bool:
        """Whether the file has sums of the readout's cells."""

    @abstractmethod
    def voxels(self, deposits: list[np.ndarray]) -> np.ndarray:
        """The voxels (n, n_voxels) of the geometry, of the deposits of all datasets."""

    def condition(self) -> np.ndarray:
        return self.energies(np.s_[:])[:, None]

    def read(self, start: int, stop: int) -> Entries:
        energy, deposits, _ = self.checked(start, stop)
        thresholded = [self.kind.readout(x) for x in deposits]
        voxels = self.voxels(thresholded).astype(np.float32, casting="same_kind", copy=False)
        return self.kind.entries(energy[:, None], voxels)

    def checked(self, start: int, stop: int) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
        """Incident energies in GeV, deposits as they are stored, and E_tot/E_inc of some rows.

        Raises:
            UserError: A value is not possible; the message names dataset and row.
        """
        energy, deposits = self.energies(np.s_[start:stop]), self.deposits(np.s_[start:stop])

        def refuse(bad: Any, name: str, what: str) -> None:
            if bad.any():
                row = start + int(bad.argmax())
                raise UserError(f"{self.path}: dataset {name!r}, row {row}: {what}")

        low, high = self.kind.geometry.energy_range_GeV
        refuse(~np.isfinite(energy), self.energy_name, "not finite")
        least, most = low * (1 - ENERGY_TOLERANCE), high * (1 + ENERGY_TOLERANCE)
        outside = f"outside {low} to {high} GeV (is the unit {self.energy_unit}?)"
        refuse((energy < least) | (energy > most), self.energy_name, outside)
        total = np.zeros(len(energy))
        for name, values in deposits.items():
            flat = values.reshape(len(values), prod(values.shape[1:]))
            with np.errstate(over="ignore"):
                sums = flat.sum(1, dtype=np.float64)
            # A sum shows what is not finite or too large; rows are looked for only where it does.
            if not (sums <= LARGEST_DEPOSIT).all() or flat.min(initial=0) < 0:
                refuse(~np.isfinite(flat).all(1), name, "not finite")
                refuse((flat < 0).any(1), name, "a negative deposit")
                refuse(sums > LARGEST_DEPOSIT, name, "deposits too large for 32 bits")
            total += sums
        return energy, list(deposits.values()), total / (GEV * energy)


class ShowerFormat(HDF5Format):
    """A format of showers.

    Attributes:
        units: The question that a message asks when the units of a file are wrong.
    """

    units: ClassVar[str]

    @abstractmethod
    def fits(self, file: h5py.File, geometry: Geometry) -> bool:
        """Whether an open file that this format recognises has the cells of a geometry.

        Raises:
            UserError: It lacks the dataset that shows them.
        """

    def fitting(self, file: h5py.File) -> list[str]:
        """The geometries of the package that an open file fits."""
        known = map(Geometry.from_config, known_geometries())
        return [x.name for x in known if self.fits(file, x)]

    def others(self, file: h5py.File) -> str:
        """Which geometries an open file fits, for messages."""
        found = " or ".join(self.fitting(file))
        return f"geometry {found} fits" if found else NONE_FITS

    def check(self, path: str | Path, kind: Any) -> int:
        """Check every value of a file, and the units of its showers as a whole."""
        with self.opened(path, kind) as file:
            assert isinstance(file, OpenShowers)
            n_showers, step = len(file), block_size(kind)
            starts = range(0, n_showers, step)
            shown = progress(
                starts, f"check {Path(path).name}", "block", 0, len(starts), delay=2.0
            )
            responses = [file.checked(start, min(start + step, n_showers))[2] for start in shown]
            energy_name = file.energy_name
        self._check_unit(path, np.concatenate(responses), energy_name)
        return n_showers

    def notes(self, path: str | Path, kind: Any) -> list[str]:
        with self.opened(path, kind) as file:
            assert isinstance(file, OpenShowers)
            return [SUMMED] if file.summed else []

    def append(
        self,
        file: h5py.File,
        filters: dict[str, Any],
        showers: Any,
        overflow: np.ndarray | None = None,
    ) -> None:
        """Append showers, and their sideways leakage (N, n_layers) in MeV if it is known."""
        file.attrs["geometry"] = showers.kind.geometry.name
        self.append_showers(file, filters, showers)
        if overflow is not None:
            append_rows(file, filters, "overflow", "MeV", overflow)

    @abstractmethod
    def append_showers(self, file: h5py.File, filters: dict[str, Any], showers: Entries) -> None:
        """Append incident energies and deposits to an open file, with filters of HDF5."""

    def _check_unit(self, path: str | Path, responses: np.ndarray, energy: str) -> None:
        """Refuse showers in a wrong unit, by their median; single showers may hold anything.

        Arguments:
            path: The path of the file, for messages.
            responses: Deposits over incident energies of all showers (N,); empty ones do not
                count.
            energy: The dataset of incident energies, for messages.

        Raises:
            UserError: The units cannot be those of the format.
        """
        filled = responses[responses > 0]
        median = np.median(filled) if len(filled) else 1.0
        if not SMALLEST_RESPONSE <= median <= LARGEST_RESPONSE:
            raise UserError(
                f"{path}: the deposits are {median:.2g} times {energy!r} in the median shower "
                f"({self.units})"
            )


@contextmanager
def open_datasets(
    path: str | Path, n_datasets: int, check: Callable[[h5py.File], list[h5py.Dataset]]
) -> Iterator[list[h5py.Dataset]]:
    """Yield the datasets of a file of showers, open for reading.

    Arguments:
        path: The file.
        n_datasets: Their number.
        check: A function of the file that checks and returns them.

    Raises:
        UserError: The check fails, or the chunks of the file are too large.
    """
    kept = CHUNKS_KEPT // n_datasets
    with open_hdf5(path, kept) as file:
        datasets = check(file)
        needed = [_chunks_of_a_shower(dataset) for dataset in datasets]
        if max(needed) <= kept:
            yield datasets
            return
    if sum(needed) > LARGEST_CHUNKS:
        raise UserError(
            f"{path}: reading one shower decompresses {sum(needed) / 2**30:.1f} GiB; store it in "
            "smaller chunks (h5repack -l CHUNK=...)"
        )
    with open_hdf5(path, max(needed)) as file:
        yield check(file)


def check_lengths(datasets: Mapping[str, h5py.Dataset]) -> None:
    """Refuse datasets, by name, of different lengths or without rows."""
    (first, energy), *others = datasets.items()
    for name, dataset in others:
        if len(dataset) != len(energy):
            raise UserError(
                f"{energy.file.filename}: dataset {name!r} has {len(dataset)} rows, {first!r} has "
                f"{len(energy)}"
            )
    if not len(energy):
        raise UserError(f"{energy.file.filename}: dataset {first!r} has no rows")


def _chunks_of_a_shower(dataset: h5py.Dataset) -> int:
    """The decompressed bytes of the chunks that contain one shower; 0 without chunks."""
    if not dataset.chunks:
        return 0
    pairs = zip(dataset.shape[1:], dataset.chunks[1:], strict=True)
    side_by_side = prod(ceil(n / chunk) for n, chunk in pairs)
    return side_by_side * prod(dataset.chunks) * dataset.dtype.itemsize
