"""Base classes of the histograms in which others publish numbers of a kind of data.

A binning says which histograms there are, of what, and between which edges; the analysis that
asks a kind for one (`Kind.binnings`) knows nothing of its observables.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from ultimetric.events import Events
from ultimetric.histograms import bin_matrix, numbers_inside
from ultimetric.kinds.observables import Columns


@dataclass(frozen=True)
class Counts:
    """What a histogram counts of N entries.

    Arguments:
        matrix: The number of values of each entry in each bin (N, n_bins).
        values: The number of values; those that no bin counts lie outside the edges.
    """

    matrix: csr_array
    values: int

    @property
    def outside(self) -> float:
        """The share of the values that lie outside the edges; 0 if there are none."""
        return 1 - float(self.matrix.sum()) / self.values if self.values else 0.0


@dataclass(frozen=True, kw_only=True)
class Binned(ABC):
    """A histogram that drops what lies outside its edges.

    Arguments:
        observable: The name of what is counted.
        edges: The edges (n_bins + 1,), the last of which belongs to the last bin.
        group: The group whose mean is published, such as the energies of all layers; empty if the
            histogram is in none.
        bin: The range of the condition of the entries that count; empty for all.
    """

    observable: str
    edges: np.ndarray
    group: str = ""
    bin: str = ""

    @abstractmethod
    def counts(self, events: Events, columns: Columns) -> Counts:
        """What it counts of entries.

        Arguments:
            events: The entries.
            columns: Their observables (N,) by name.
        """


class BinnedValues(Binned):
    """A histogram of at most one value per entry; a subclass defines the values."""

    @abstractmethod
    def values(self, events: Events, columns: Columns) -> np.ndarray:
        """The values (N,), in the unit of the edges; nan for entries that have none."""

    def counts(self, events: Events, columns: Columns) -> Counts:
        values = self.values(events, columns)
        matrix = bin_matrix(numbers_inside(values, self.edges), len(self.edges) - 1)
        return Counts(matrix, int(np.count_nonzero(~np.isnan(values))))


class Binning(ABC):
    """A set of histograms with published edges."""

    @abstractmethod
    def histograms(self, truth: Events, columns: Columns) -> Sequence[Binned]:
        """The histograms, whose edges may depend on the truth.

        Arguments:
            truth: The truth that samples are compared with.
            columns: Its observables (N,) by name.
        """
