"""Base classes of the file formats of kinds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import h5py
import numpy as np

from ultimetric.data.rows import COMPRESSED
from ultimetric.events import Entries, EventFile


class OpenFile(ABC):
    """An open file of entries, which is read block by block."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def condition(self) -> np.ndarray:
        """The conditions of all entries (N, C), float64."""

    def group(self) -> np.ndarray | None:
        """The numbers (N,) that related entries share; None if there are none."""
        return None

    @abstractmethod
    def read(self, start: int, stop: int) -> Entries:
        """Read some rows, check them, and apply the readout of the kind.

        Raises:
            UserError: A value is not possible; the message names file, dataset and row.
        """


class Format(ABC):
    """A file format of a kind. A plug-in file defines one public subclass.

    Attributes:
        datasets: The datasets of such a file, for messages; empty if it is no HDF5 file.
    """

    datasets: ClassVar[str] = ""

    def recognises(self, path: str | Path, kind: Any) -> bool:
        """Whether a file looks like one of this format; it is used if a kind has several."""
        return True

    @abstractmethod
    def opened(self, path: str | Path, kind: Any) -> AbstractContextManager[OpenFile]:
        """Open a file to read.

        Raises:
            UserError: The file is not in this format; the message names file and dataset.
        """

    def check(self, path: str | Path, kind: Any) -> int:
        """Check every value of a file and return its number of entries.

        Raises:
            UserError: The file does not fit; the message names file, dataset and row.
        """
        return sum(len(block) for block in EventFile(path, kind).blocks())

    def notes(self, path: str | Path, kind: Any) -> list[str]:
        """Notes on how this file was stored, for the reader of the numbers."""
        return []

    @abstractmethod
    def writer(
        self, path: str | Path, kind: Any, compress: bool = False, **attributes: Any
    ) -> AbstractContextManager[Callable[[Entries], None]]:
        """Yield a function that appends entries to a new file, for samples larger than memory.

        Arguments:
            path: The file.
            kind: The kind of data.
            compress: Whether the values are compressed, for files that are kept.
            attributes: Short texts on how the entries were made.
        """


class HDF5Format(Format):
    """A format that is written as HDF5 datasets, which grow with each block of entries.

    Attributes:
        compression: The filters of HDF5 in a file that is kept.
    """

    compression: ClassVar[dict[str, Any]] = COMPRESSED

    @contextmanager
    def writer(
        self, path: str | Path, kind: Any, compress: bool = False, **attributes: Any
    ) -> Iterator[Callable[..., None]]:
        with h5py.File(path, "w") as file:
            file.attrs.update(attributes)
            yield partial(self.append, file, self.compression if compress else {})

    @abstractmethod
    def append(self, file: h5py.File, filters: dict[str, Any], entries: Any) -> None:
        """Append a block of entries to the datasets of an open file.

        Arguments:
            file: The file, which has the attributes already.
            filters: The filters of new datasets.
            entries: The entries.
        """
