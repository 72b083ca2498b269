"""What a kind of data is: its files, its condition, its observables, its inputs, its symmetries.

A kind is a folder: `kinds/<name>/kind.py` defines the one public subclass of `Kind`, and modules
beside it what else the kind has: `observables.py` (a `Catalogue`), `inputs.py` (an `InputSets`),
and folders `preprocessing`, `faults` and `figures` with the plug-ins that only this kind can use.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ultimetric.errors import UserError
from ultimetric.events import Entries, Events, Plain
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
        order: Applied as often as this, it leaves every entry as it was.
    """

    name: str
    apply: Callable[[Any], Any]
    order: int = 2


class Kind(ABC):
    """What one entry of a dataset is. `kinds/<name>/kind.py` defines one public subclass.

    Arguments:
        options: The keys of the dataset that belong to the kind, as `resolved` gives them.
        parts: Plug-ins by part ("format", "observables", "inputs"): lists of {"plugin": module}.
            Only those that a stage uses need to be there.

    Attributes:
        entry, several: What one entry and several are called in sentences.
        groups: Titles of the figures of groups of observables; by default the group itself.
        made_by: Who made the truth, for the label of the truth-vs-truth baseline.
        defaults, limits: The options that a dataset may have, as of other plug-ins.
        condition: What entries are conditioned on; None if they are not.
        range_option: The option of a dataset that cuts truth and samples to a range of it.
        stored_values: Values per entry in a file, which decide how many are read at once.
        n_values: Values per entry in memory.
        n_totals: Numbers that a step of the kind may take out of the data, such as the energies
            of layers; see `preprocessing.base.State`.
        near_duplicate: Entries none of whose values differ by more than this, in units of their
            `magnitude`, are duplicates; None if even equal ones are independent.
        never_negative: Whether a negative value is an error.
        value_unit: The unit of the values; empty if there is none.
        scaled: Whether the data grow in proportion to the condition.
        starts_as: What the values are called before any preprocessing, in recipes and messages.
        labels: What its inputs and groups of observables are called in figures, by name.
        totals_unit: What is much of a total; networks see log10(total / unit + 1e-8) + 2.
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
    formats: ClassVar[tuple[Format, ...]] = ()
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
        """The options as every stage gets them: what they name is read and checked.

        Arguments:
            options: The keys of the dataset that belong to the kind, with defaults.
            place: The dataset in the config, for messages.

        Raises:
            UserError: An option cannot be.
        """
        return options

    @property
    def title(self) -> str:
        """What entries of exactly this kind, with its options, are called in sentences."""
        return self.several

    @property
    def stated(self) -> str:
        """What the values of an entry are, with their unit, such as "deposits in MeV"."""
        return f"{self.starts_as} in {self.value_unit}" if self.value_unit else self.starts_as

    @property
    def stored_values(self) -> int:
        return self.n_values

    @property
    def condition_range(self) -> tuple[float, float] | None:
        """The conditions to which truth and samples are cut, by an option of the dataset."""
        found = self.options.get(self.range_option)
        return None if found is None else (found[0], found[1])

    @property
    def n_conditions(self) -> int:
        """Numbers per entry that it is conditioned on: 0 or 1."""
        return 0 if self.condition is None else 1

    @property
    def noise_scale(self) -> np.ndarray:
        """How many times wider than others a value (n_values,) gets the noise of `Noise`."""
        return np.ones(self.n_values)

    def entries(
        self, condition: np.ndarray, data: np.ndarray, group: np.ndarray | None = None
    ) -> Entries:
        """Entries in memory; see `Events` for the arguments."""
        return Plain(self, condition, data, group)

    def readout(self, data: np.ndarray) -> np.ndarray:
        """What reading does to values (N, n_values) of truth and sample alike, as a threshold."""
        return data

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

    def format_of(self, path: str | Path) -> Format:
        """The format of a file: that of the dataset's entry, else the first that recognises it."""
        own = [load_plugin(part["plugin"], Format)() for part in self.parts.get("format", [])]
        formats = [*own, *self.formats]
        if len(formats) == 1:
            return formats[0]
        return next((x for x in formats if x.recognises(path, self)), formats[-1])

    def pairs(self) -> list[tuple[str, str]]:
        """Pairs of observables whose correlation is tested when findings are looked for."""
        return []

    def value_names(self) -> list[str]:
        """The names of the values of an entry, in their order."""
        return [f"value_{k}" for k in range(self.n_values)]

    def value_words(self, name: str) -> str:
        """What one of the values is called in sentences."""
        return name

    def symmetries(self) -> list[Symmetry]:
        """Maps that leave the distribution of entries as it is."""
        return []

    def canonical(self, events: Entries) -> Entries:
        """The one of the images of each entry, under all symmetries, that stands for all."""
        return events

    def magnitude(self, events: Entries) -> np.ndarray:
        """The unit (N,) in which near duplicates are near; those of 0 are never duplicates."""
        return np.abs(events.data).sum(1, dtype=np.float64)

    def unusual(self, events: Events) -> dict[str, np.ndarray]:
        """Which entries (N,) are unusual, by what is unusual: counted, never dropped."""
        return {}

    def oddities(self, events: Events, truth: Events) -> list[str]:
        """What a reader must know of entries that no experiment gives, in a few words each."""
        return []


def load_kind(cfg: dict[str, Any]) -> Kind:
    """The kind that a slice of the config describes.

    Arguments:
        cfg: {"plugin": module, "options": of `Kind`} and the parts of the kind that are needed.

    Raises:
        UserError: A module is not there, or does not define what it should.
    """
    parts = {name: part for name, part in cfg.items() if name not in ("plugin", "options")}
    return load_plugin(cfg["plugin"], Kind)(cfg["options"], parts)


def _observables_in(part: dict[str, Any], kind: Kind) -> list[Observable]:
    """Those of a catalogue, or the one that a file of somebody's own defines under a name."""
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
