"""The base class of kinds of data: files, condition, observables, inputs and symmetries.

A kind is a folder. `kinds/<name>/kind.py` defines the one public subclass of `Kind`; beside it lie
`observables.py` (a `Catalogue`), `inputs.py` (an `InputSets`), and the folders `preprocessing`,
`faults`, `analyses` and `figures` with the plug-ins that only this kind can use.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ultimetric.data.hdf5 import NAMES_SHOWN, names_in, open_hdf5
from ultimetric.errors import UserError
from ultimetric.events import Entries, Events, Plain
from ultimetric.kinds.binnings import Binning
from ultimetric.kinds.formats import Format
from ultimetric.kinds.inputs import Inputs, InputSets
from ultimetric.kinds.observables import Catalogue, Condition, Observable
from ultimetric.plugins import load_plugin


@dataclass(frozen=True)
class Symmetry:
    """A map of entries that leaves their distribution as it is, such as a mirror image.

    Arguments:
        name: The name, for messages.
        apply: The map of entries to entries.
        order: The number of times after which it gives every entry back.
    """

    name: str
    apply: Callable[[Any], Any]
    order: int = 2


class Kind(ABC):
    """A kind of data. `kinds/<name>/kind.py` defines one public subclass.

    Arguments:
        options: The keys of the dataset that belong to the kind, as `resolved` gives them.
        parts: The plug-ins by part ("format", "observables", "inputs"), lists of
            {"plugin": module}; only those that a stage uses are needed.

    Attributes:
        entry, several: The names of one entry and of several, such as "shower" and "showers".
        groups: The titles of the figures of groups of observables; by default the group's name.
        made_by: The program that made the truth, for the label of the truth-vs-truth baseline.
        defaults, limits: The options that a dataset may have, as of other plug-ins.
        condition: The condition of the entries, such as the incident energy; None without one.
        range_option: The option of a dataset that cuts truth and samples to a range of the
            condition.
        stored_values: The number of values per entry in a file, which decides the size of blocks.
        n_values: The number of values per entry in memory.
        n_totals: The number of totals that a step of the kind may take out of the data, such as
            the energies of layers; see `preprocessing.base.State`.
        near_duplicate: The largest difference of any value of two near duplicates, in units of
            their `magnitude`; None if even equal entries are independent.
        never_negative: Whether a negative value is an error.
        value_unit: The unit of the values; empty if there is none.
        scaled: Whether the data grow in proportion to the condition.
        starts_as: The name of the values before any preprocessing, in recipes and messages.
        labels: The labels of its inputs and groups of observables in figures, by name.
        totals_unit: A large value of a total; networks see log10(total / unit + 1e-8) + 2.
    """

    entry: ClassVar[str] = "event"
    several: ClassVar[str] = "events"
    made_by: ClassVar[str] = "truth"
    groups: ClassVar[dict[str, str]] = {}
    defaults: ClassVar[dict[str, Any]] = {}
    limits: ClassVar[dict[str, str]] = {}
    near_duplicate: ClassVar[float | None] = None
    never_negative: ClassVar[bool] = False
    value_unit: ClassVar[str] = ""
    scaled: ClassVar[bool] = False
    starts_as: ClassVar[str] = "values"
    totals_unit: ClassVar[float] = 1.0
    labels: ClassVar[dict[str, str]] = {}

    range_option: ClassVar[str] = "range"
    formats: tuple[Format, ...] = ()
    condition: Condition | None = None
    n_totals: int = 0
    n_values: int

    def __init__(
        self, options: dict[str, Any], parts: dict[str, list[dict[str, Any]]] | None = None
    ) -> None:
        self.options = {**self.defaults, **options}
        self.parts = parts or {}

    @classmethod
    def resolved(cls, options: dict[str, Any], place: str) -> dict[str, Any]:
        """The options as every stage gets them, with the content of the files that they name.

        Arguments:
            options: The keys of the dataset that belong to the kind, with defaults.
            place: The dataset in the config, for messages.

        Raises:
            UserError: An option has a value that it cannot have.
        """
        return options

    @classmethod
    def recognised(cls, path: str | Path) -> dict[str, Any] | None:
        """The options of a dataset with files like this one, without defaults.

        Returns:
            None if it is not a file of this kind.

        Raises:
            UserError: It cannot be read.
        """
        kind = cls(cls.resolved(dict(cls.defaults), str(path)))
        return {} if any(x.recognises(path, kind) for x in kind.formats) else None

    @property
    def title(self) -> str:
        """The name of entries of this kind with these options, for messages."""
        return self.several

    @property
    def stated(self) -> str:
        """The name of the values of an entry with their unit, such as "deposits in MeV"."""
        return f"{self.starts_as} in {self.value_unit}" if self.value_unit else self.starts_as

    @property
    def stored_values(self) -> int:
        return self.n_values

    @property
    def condition_range(self) -> tuple[float, float] | None:
        """The range of conditions to which truth and samples are cut; None without a cut."""
        found = self.options.get(self.range_option)
        return None if found is None else (found[0], found[1])

    @property
    def n_conditions(self) -> int:
        """The number of conditions of an entry: 0 or 1."""
        return 0 if self.condition is None else 1

    @property
    def noise_scale(self) -> np.ndarray:
        """Factors (n_values,) of the width of the noise that the step `Noise` adds."""
        return np.ones(self.n_values)

    def entries(
        self, condition: np.ndarray, data: np.ndarray, group: np.ndarray | None = None
    ) -> Entries:
        """Entries in memory; see `Events` for the arguments."""
        return Plain(self, condition, data, group)

    def readout(self, data: np.ndarray) -> np.ndarray:
        """Apply the readout, such as a threshold, to values (N, n_values) of truth or sample."""
        return data

    @property
    def before_readout(self) -> Kind:
        """The same kind, whose `readout` leaves values as they are."""
        return self

    def recorded(self, path: str | Path) -> Kind:
        """The kind of the entries of a file as they are stored there, before any readout.

        What is written as this kind is read as this one with the same values as from the file.
        """
        return self.before_readout

    @cached_property
    def observables(self) -> dict[str, Observable]:
        """The observables by name, in the order of the table."""
        found: dict[str, Observable] = {}
        for part in self.parts.get("observables", []):
            for observable in _observables_in(part, self):
                if observable.name in found:
                    raise UserError(f"{part['plugin']}: {observable.name} is there already")
                found[observable.name] = observable
        return found

    @cached_property
    def inputs(self) -> dict[str, Inputs]:
        """The classifier inputs by name."""
        found: dict[str, Inputs] = {}
        for part in self.parts.get("inputs", []):
            found |= _inputs_in(part, self)
        return found

    @property
    def binnings(self) -> dict[str, Binning]:
        """Histograms in which others publish numbers of such entries, by name."""
        return {}

    def format_of(self, path: str | Path) -> Format:
        """The format of a file: that of the dataset's entry, or the first that recognises it.

        Raises:
            UserError: No format recognises it, or it cannot be read.
        """
        own = [load_plugin(part["plugin"], Format)() for part in self.parts.get("format", [])]
        formats = [*own, *self.formats]
        if len(formats) == 1:
            return formats[0]
        if found := next((x for x in formats if x.recognises(path, self)), None):
            return found
        with open_hdf5(path) as file:
            names = ", ".join(names_in(file)[:NAMES_SHOWN]) or "none"
        wanted = ", or ".join(filter(None, (x.datasets for x in formats)))
        raise UserError(
            f"{path}: no file of {self.several}: its datasets are {names}; needed are {wanted}"
        )

    def pairs(self) -> list[tuple[str, str]]:
        """Pairs of observables whose correlation is tested for findings."""
        return []

    def value_names(self) -> list[str]:
        """The names of the values of an entry, in their order."""
        return [f"value_{k}" for k in range(self.n_values)]

    def value_words(self, name: str) -> str:
        """The name of a value in sentences."""
        return name

    def symmetries(self) -> list[Symmetry]:
        """Maps that leave the distribution of entries as it is."""
        return []

    def refuse_without_symmetries(self, place: str) -> None:
        """Refuse mirror images, for which `place` asks, where there are none.

        Raises:
            UserError: The kind has no symmetries.
        """
        if not self.symmetries():
            raise UserError(f"{place}: {self.title} have no mirror images")

    def canonical(self, events: Any) -> Entries:
        """Each entry in its canonical orientation, which all its images under symmetries share."""
        return events

    def magnitude(self, events: Entries) -> np.ndarray:
        """The magnitude (N,), the unit of `near_duplicate`; entries of magnitude 0 have none."""
        return np.abs(events.data).sum(1, dtype=np.float64)

    def log_densities(self, path: str | Path) -> np.ndarray | None:
        """Log densities (N, K) of the entries of a file under K draws from the posterior of its
        generator, in nats, up to one constant; None if the file has none.
        """
        return None

    def unusual(self, events: Events) -> dict[str, np.ndarray]:
        """Whether entries (N,) are unusual, for each name of what is unusual; none are dropped."""
        return {}

    def oddities(self, events: Events, truth: Events) -> list[str]:
        """Short notes on entries that no experiment gives, for the reader of the numbers."""
        return []


def load_kind(cfg: dict[str, Any]) -> Kind:
    """Make the kind that settings of a job describe.

    Arguments:
        cfg: {"plugin": module, "options": those of `Kind`}, and the parts that are needed.

    Raises:
        UserError: A module is missing, or does not define what it should.
    """
    parts = {name: part for name, part in cfg.items() if name not in ("plugin", "options")}
    return load_plugin(cfg["plugin"], Kind)(cfg["options"], parts)


def _observables_in(part: dict[str, Any], kind: Kind) -> list[Observable]:
    """The observables of a catalogue, or the one that a plug-in file defines under a name."""
    if "name" not in part:
        return load_plugin(part["plugin"], Catalogue)().observables(kind)
    observable = load_plugin(part["plugin"], Observable)()
    observable.name = part["name"]
    for needed in ("label", "edges"):
        if not hasattr(observable, needed):
            raise UserError(f"{part['plugin']}: {type(observable).__name__} has no `{needed}`")
    return [observable]


def _inputs_in(part: dict[str, Any], kind: Kind) -> dict[str, Inputs]:
    if "name" in part:
        return {part["name"]: load_plugin(part["plugin"], Inputs)()}
    return load_plugin(part["plugin"], InputSets)().inputs(kind)
