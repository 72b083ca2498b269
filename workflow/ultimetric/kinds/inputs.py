"""Base classes of the inputs of classifiers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ultimetric.kinds.layout import Layout
from ultimetric.kinds.observables import Columns


class Inputs(ABC):
    """The numbers of an entry that a classifier sees. A plug-in file defines one public subclass.

    Attributes:
        reads_data: Whether `values` reads the data of the entries, and not only their condition.
        reads_observables: Whether `values` reads observables of the entries.
        by_default: Whether studies that name no inputs have them.
        peaked: Whether some have narrow peaks on long tails, which networks do not see:
            classifiers that are cross-fitted have their normal scores, see `normal_scores`.
    """

    reads_data: bool = True
    reads_observables: bool = False
    by_default: bool = True
    peaked: bool = False

    def layout(self, kind: Any) -> Layout | None:
        """The positions of some inputs, as cells or points; None if they have none."""
        return None

    @property
    def of_all(self) -> bool:
        """Whether all entries have these inputs: `there` is not overridden."""
        return type(self).there is Inputs.there

    def there(self, events: Any, observables: Columns) -> np.ndarray:
        """Whether each entry (N,) has these inputs; classifiers see and score only those.

        Arguments:
            events: The entries, in memory or in a file.
            observables: Their observables by name (N,), if `reads_observables`; else empty.
        """
        return np.ones(len(events), bool)

    @abstractmethod
    def values(self, events: Any, observables: Columns) -> np.ndarray:
        """The inputs (N, D) of entries.

        Arguments:
            events: A block of entries that have these inputs.
            observables: Their observables by name (N,), if `reads_observables`; else empty.
        """


class InputSets(ABC):
    """The classifier inputs of a kind: `inputs.py` of its folder defines one public subclass."""

    @abstractmethod
    def inputs(self, kind: Any) -> dict[str, Inputs]:
        """All inputs by name."""
