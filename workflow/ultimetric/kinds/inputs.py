"""What classifiers see of the entries of a kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ultimetric.events import Entries
from ultimetric.kinds.layout import Layout
from ultimetric.kinds.observables import Columns


class Inputs(ABC):
    """What a classifier sees of an entry. A plug-in file defines one public subclass.

    Attributes:
        reads_data: Whether `values` reads the data of the entries, and not only their condition.
        reads_observables: Whether `values` reads observables of the entries.
    """

    reads_data: bool = True
    reads_observables: bool = False

    def layout(self, kind: Any) -> Layout | None:
        """How the first inputs lie in space; None if they have no place."""
        return None

    @abstractmethod
    def values(self, events: Entries, observables: Columns) -> np.ndarray:
        """The inputs (N, D) of entries.

        Arguments:
            events: A block of entries.
            observables: Their observables by name (N,), if `reads_observables`; else empty.
        """


class InputSets(ABC):
    """The classifier inputs of a kind: `inputs.py` of its folder defines one public subclass."""

    @abstractmethod
    def inputs(self, kind: Any) -> dict[str, Inputs]:
        """All inputs by name."""
