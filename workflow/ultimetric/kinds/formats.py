"""How the entries of a kind are stored."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.events import Entries, EventFile


class OpenFile(ABC):
    """A file of entries that is open, to be read block by block."""

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
        """Some rows, checked and as the readout of the kind has them.

        Raises:
            UserError: A value cannot be; the message names file, dataset and row.
        """


class Format(ABC):
    """How entries of a kind are stored. A plug-in file defines one public subclass."""

    def recognises(self, path: str | Path, kind: Any) -> bool:
        """Whether a file looks like one of this format; only asked where there are several."""
        return True

    @abstractmethod
    def opened(self, path: str | Path, kind: Any) -> AbstractContextManager[OpenFile]:
        """Open a file to read.

        Raises:
            UserError: It is not in this format; the message names file and dataset.
        """

    def check(self, path: str | Path, kind: Any) -> int:
        """Check every value of a file and return its number of entries.

        Raises:
            UserError: The file does not fit; the message names file, dataset and row.
        """
        return sum(len(block) for block in EventFile(path, kind).blocks())

    def notes(self, path: str | Path, kind: Any) -> list[str]:
        """What a reader of the results must know of how this file was stored."""
        return []

    @abstractmethod
    def writer(
        self, path: str | Path, kind: Any, compress: bool = False, **attributes: Any
    ) -> AbstractContextManager[Callable[[Entries], None]]:
        """Give a function that appends entries to a new file, for samples larger than memory.

        Arguments:
            path: The file.
            kind: The kind of data.
            compress: For files to keep and to hand on.
            attributes: Where the entries come from, in a few words each.
        """
