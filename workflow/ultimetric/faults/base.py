"""Base classes of faults, which turn truth into a faulty sample."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any, ClassVar

import numpy as np

from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.kinds.base import Kind


class Fault(ABC):
    """A fault of a share f of a sample that is truth otherwise.

    A module defines one public subclass. As only a share f is faulty, no classifier can have an
    AUC above `auc_bound(f)`.

    Arguments:
        options: From the config; a subclass names its own, with defaults, in `defaults`.
        kind: The kind of data.
    """

    defaults: ClassVar[dict[str, Any]] = {}

    def __init__(self, options: dict[str, Any], kind: Kind) -> None:
        if unknown := sorted(set(options) - set(self.defaults)):
            raise UserError(
                f"fault {type(self).__module__}: unknown option {', '.join(unknown)}; "
                f"it knows {', '.join(sorted(self.defaults)) or 'none'}"
            )
        self.options = {**self.defaults, **options}
        self.kind = kind

    @property
    @abstractmethod
    def expected(self) -> tuple[str, ...]:
        """The planted family: patterns (as of file names) of the observables it changes most."""

    @abstractmethod
    def plant(self, events: Entries, fraction: float, rng: np.random.Generator) -> Entries:
        """Make a sample with the fault, after the readout; it may have fewer entries.

        Arguments:
            events: The truth.
            fraction: The share f of faulty entries, in (0, 1).
            rng: The source of random numbers.
        """

    def names(self, observables: Iterable[str]) -> bool:
        """Whether one of some observables belongs to the planted family."""
        return any(fnmatchcase(o, pattern) for o in observables for pattern in self.expected)


class Changed(Fault):
    """A fault that changes a share of the entries, chosen at random.

    The sample is the mixture (1 - f) truth + f faulty.
    """

    @abstractmethod
    def change(self, events: Any, rng: np.random.Generator) -> np.ndarray:
        """Data (N, n_values) of the entries if all of them were faulty."""

    def plant(self, events: Entries, fraction: float, rng: np.random.Generator) -> Entries:
        faulty = rng.random(len(events)) < fraction
        data = np.where(faulty[:, None], self.change(events, rng), events.data)
        read = self.kind.readout(data.astype(np.float32))
        return self.kind.entries(events.condition, read, events.group)


class Missing(Fault):
    """A fault that removes a share of the entries; other truth replaces them.

    Then the truth is the mixture (1 - f) sample + f missing.
    """

    @abstractmethod
    def missing(self, events: Any, fraction: float, rng: np.random.Generator) -> np.ndarray:
        """Whether entries (N,) are missing in the sample, for a share `fraction` of all."""

    def plant(self, events: Entries, fraction: float, rng: np.random.Generator) -> Entries:
        return events[~self.missing(events, fraction, rng)]


def auc_bound(fraction: float) -> float:
    """The largest AUC of any classifier, if only a share of the entries is faulty.

    >>> auc_bound(0.2)
    0.6
    """
    return 0.5 + fraction / 2


def last(values: np.ndarray, fraction: float) -> np.ndarray:
    """Whether entries (N,) are among the share `fraction`, rounded, with the largest values."""
    chosen = np.zeros(len(values), dtype=bool)
    order = np.argsort(values, kind="stable")
    chosen[order[len(values) - round(fraction * len(values)) :]] = True
    return chosen
