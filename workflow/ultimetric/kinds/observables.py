"""Base classes of the observables of a kind, and its condition."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ultimetric.events import Entries

Columns = Mapping[str, np.ndarray]
Rows = slice | np.ndarray


WIDE = 100  # the ratio of its ends above which a range has a logarithmic axis


@dataclass(frozen=True)
class Condition:
    """The condition of entries: a number, such as the incident energy, or one of several classes.

    Arguments:
        name: The name in files, bins and messages, such as "E_inc".
        label: The label in figures, in matplotlib mathtext, without the unit.
        words: The name in sentences, such as "incident energies".
        unit: The unit; empty if there is none.
        range: The smallest and the largest value; None if they are not known.
        even_in_log: Whether values are about even in their logarithm.
        reference: The value in log10(value / reference), which networks see; None for the value
            itself.
        classes: The names of the classes, if the condition is the number of a class.
    """

    name: str
    label: str
    words: str
    unit: str = ""
    range: tuple[float, float] | None = None
    even_in_log: bool = False
    reference: float | None = None
    classes: tuple[str, ...] | None = None

    @property
    def scale(self) -> str:
        """The scale of its axis: log if values are even in their logarithm, or span more than two
        decades; else linear.
        """
        low, high = self.range or (0, 0)
        return "log" if 0 < WIDE * low < high or (self.even_in_log and low > 0) else "linear"

    def steps(self, n: int) -> np.ndarray:
        """Values (n,) from the smallest to the largest, evenly spaced on the scale of its axis."""
        assert self.range is not None
        low, high = self.range
        return np.geomspace(low, high, n) if self.scale == "log" else np.linspace(low, high, n)


class Observable(ABC):
    """One number per entry, with its name, its bins and the way it is drawn.

    A plug-in file defines one public subclass with these attributes and `values`.

    Attributes:
        name: The key in tables.
        label: The axis label in matplotlib mathtext, without the unit.
        edges: The bin edges (n_bins + 1,), in the unit of the values.
        unit: The unit; empty if there is none.
        group: The figure it belongs to, such as "energies"; empty if there is no such figure.
        layer: The layer it describes; None if it describes the whole entry.
        x_scale: The scale of the axis: linear, log or logit.
        log_y: Whether its histogram has a logarithmic count axis.
        shown: Whether figures show it; analyses use all.
        of_condition: Whether it is computed with the condition of the entry, so that it cannot be
            an input of an estimate of the condition.
        resolution: The smallest difference that the detector resolves, in the unit of the values,
            of an observable that may be 0 and is used as log(x + resolution); else 0.
        words: The name in sentences, such as "sparsity, layer 1"; empty for `name`.
        partial: Whether some entries do not have it, such as the momentum of a second jet.
            Their value is nan, and all that reads the observable leaves them out. Truth and
            sample are then compared among the entries that have it; how many have it must be
            seen by the condition, or by an observable of its own.
    """

    name: str
    label: str
    edges: np.ndarray
    unit: str = ""
    group: str = ""
    layer: int | None = None
    x_scale: str = "linear"
    log_y: bool = False
    shown: bool = True
    of_condition: bool = False
    resolution: float = 0.0
    words: str = ""
    partial: bool = False

    @abstractmethod
    def values(self, events: Entries) -> np.ndarray:
        """The observable of each entry (N,), float64, finite for every entry that has it.

        It must not depend on the other entries, to the last bit.
        """


@dataclass(frozen=True)
class Measured(Observable):
    """An observable with its function, for catalogues of many; see `Observable`."""

    name: str
    function: Callable[[Any], np.ndarray]
    label: str
    edges: np.ndarray
    unit: str = ""
    group: str = ""
    layer: int | None = None
    x_scale: str = "linear"
    log_y: bool = False
    shown: bool = True
    of_condition: bool = False
    resolution: float = 0.0
    words: str = ""
    partial: bool = False

    def values(self, events: Entries) -> np.ndarray:
        return self.function(events)


class Catalogue(ABC):
    """The observables of a kind: `observables.py` of its folder defines one public subclass."""

    @abstractmethod
    def observables(self, kind: Any) -> list[Observable]:
        """All observables, in the order of the table."""


def having(*values: np.ndarray) -> Rows:
    """The entries that have all of some observables, of which the values (N,) of others are nan.

    >>> having(np.array([1.0, 2.0])), having(np.array([1.0, np.nan]), np.array([2.0, 3.0]))
    (slice(None, None, None), array([ True, False]))
    """
    there = ~np.any([np.isnan(x) for x in values], axis=0)
    return slice(None) if there.all() else there
