"""A truth of a study: where it comes from, of which kind it is, and how it is divided."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from ultimetric.config import entries
from ultimetric.errors import UserError
from ultimetric.folders import WORKFLOW
from ultimetric.forms.names import one_of
from ultimetric.kinds.base import Kind, load_kind
from ultimetric.kinds.simulation import Simulation
from ultimetric.planning.applies import Kinds, kind_name
from ultimetric.planning.checks import Checks
from ultimetric.planning.kind_entry import kind_of, kind_settings, with_parts
from ultimetric.planning.simulation import simulation_of, simulation_options
from ultimetric.plugins import load_plugin

BUNDLED = WORKFLOW / "resources" / "showers"
FEWEST = 50  # entries of a sample below which folds, calibration and errors mean nothing
FEWEST_GENERATOR = 20  # entries of the truth that a generator learns from
Settings = dict[str, Any]


def bundled_file(name: str, place: str) -> Path:
    """The file of a truth that the repository holds.

    Raises:
        UserError: None is called so.
    """
    one_of(name, sorted(path.stem for path in BUNDLED.glob("*.hdf5")), f"{place}, bundled source")
    return BUNDLED / f"{name}.hdf5"


class Dataset:
    """A truth of a study; its data files are read only where that is said.

    Arguments:
        name: The name of the dataset.
        entry: Its entry in the config.
        study: The name of the study.
        evaluate: The part of the truth that samples are compared with.
        checks: The checks of data files.
        found: What its simulation found on the machine that plans; None to look here.
    """

    def __init__(
        self,
        name: str,
        entry: entries.Dataset,
        study: str,
        evaluate: str,
        checks: Checks,
        found: Settings | None = None,
    ) -> None:
        self.name, self.entry, self.study, self.part = name, entry, study, evaluate
        self.checks, self.given = checks, found
        self.place = f"config, datasets.{name}"

    @cached_property
    def kind_settings(self) -> Settings:
        """Module and options of the kind of data, as `load_kind` takes them."""
        return kind_settings(self.entry, self.place)

    def kind_with(self, *parts: str) -> Settings:
        """These with the plug-ins of some parts, of "observables", "inputs" and "format"."""
        return with_parts(self.kind_settings, self.entry, self.place, *parts)

    def kind_for(self, *inputs: str) -> Settings:
        """These with what some inputs of classifiers need."""
        tables = any(self.reads_observables(name) for name in inputs)
        return self.kind_with(*(["observables"] if tables else []), "inputs")

    @cached_property
    def kind(self) -> Kind:
        """The kind with its observables and inputs."""
        return kind_of(self.kind_settings, self.entry, self.place)

    @cached_property
    def stored_as(self) -> Kind:
        """The kind as files from outside hold it: in the format that the entry names."""
        return load_kind(self.kind_with("format"))

    def takes(self, kinds: Kinds) -> bool:
        """Whether something works on the kind, which is of those, too, that it is derived from."""
        own = [x.__module__ for x in type(self.kind).__mro__ if issubclass(x, Kind)]
        return kinds is None or bool(set(map(kind_name, own)) & set(kinds))

    def refuse_others(self, kinds: Kinds, what: str, place: str) -> None:
        """Refuse what does not work on the kind.

        Arguments:
            kinds: The kinds that it works on.
            what: What is refused, with a verb, such as "the step mirror works on".
            place: The entry in the config.

        Raises:
            UserError: One sentence.
        """
        if not self.takes(kinds):
            name = kind_name(type(self.kind).__module__)
            raise UserError(
                f"{place}: {what} {' and '.join(kinds or [])} only, and the dataset {self.name} "
                f"is of the kind {name}"
            )

    @cached_property
    def simulated(self) -> Settings | None:
        """The options of the simulation, if the truth is made here."""
        source = self.entry.source
        if source.made is None:
            return None
        module = simulation_of(self.kind_settings, self.place)
        return simulation_options(module, {source.way: source.made}, f"{self.place}.source")

    @cached_property
    def simulation(self) -> Simulation:
        """What makes a truth that is made here."""
        return load_plugin(simulation_of(self.kind_settings, self.place), Simulation)()

    def truth_shards(self) -> list[range]:
        """What each job that makes a part of the truth makes, by number."""
        return self.simulation.shards(self.simulated or {})

    @property
    def in_parts(self) -> bool:
        """Whether the held-out truth has a file of its own."""
        return self.entry.source.held_out is not None

    @property
    def source(self) -> Path:
        """The file of the truth, or of the held-out truth if it has one of its own."""
        source = self.entry.source
        if source.made is not None:
            return Path("results") / self.study / "simulated" / f"{self.name}.hdf5"
        if source.bundled is not None:
            return bundled_file(source.bundled or self.name, self.place)
        return Path(source.held_out or source.file or "")

    @property
    def generator_source(self) -> Path | None:
        """The file of the generator part, where the held-out truth has a file of its own."""
        file = self.entry.source.generator
        return Path(file) if file else None

    @cached_property
    def truth(self) -> Settings:
        """What the entries follow from: a file, or a simulation."""
        if self.simulated:
            known = self.simulation.slice(self.simulated, self.kind_settings, self.place)
            return {"simulation": {**known, **self.found}}
        return {"sha256": self.checks.sha256(self.source)}

    @cached_property
    def found(self) -> Settings:
        """What a simulated truth follows from besides the config."""
        return self.simulation.found(self.source) if self.given is None else self.given

    @property
    def condition_range(self) -> Settings:
        """The conditions to which all is cut, for settings; may be none."""
        found = self.kind.condition_range
        return {"range": found} if found else {}

    @property
    def n_entries(self) -> int:
        """The entries of the truth that samples are compared with, and the most of a sample."""
        return getattr(self.entry, self.part)

    def inputs_or_first(self, wanted: str, among: Sequence[str] | None = None) -> str:
        """Inputs of classifiers, or others where these are not there.

        These are the first that are made of observables, else the first; empty if there are none.

        Arguments:
            wanted: The name of the inputs.
            among: Those that can be (default: all of the kind).
        """
        known = list(self.kind.inputs) if among is None else among
        first = [x for x in known if self.reads_observables(x)]
        return wanted if wanted in known else next(iter([*first, *known]), "")

    def reads_observables(self, inputs: str) -> bool:
        """Whether inputs of classifiers are made of the table of observables."""
        return self.kind.inputs[inputs].reads_observables
