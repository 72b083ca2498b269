"""A truth of a study: its source, its kind of data, and its parts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from ultimetric.config import entries
from ultimetric.errors import UserError
from ultimetric.kinds.base import Kind, load_kind
from ultimetric.kinds.simulation import Simulation
from ultimetric.planning.applies import Kinds, kind_name
from ultimetric.planning.bundled import bundled_file
from ultimetric.planning.checks import Checks
from ultimetric.planning.downloads import GENERATOR, Download
from ultimetric.planning.kind_entry import kind_of, kind_settings, with_parts
from ultimetric.planning.simulation import simulation_of, simulation_options
from ultimetric.plugins import load_plugin

FEWEST_GENERATOR = 20  # the smallest number of entries that train a generator
Settings = dict[str, Any]


class Dataset:
    """A truth of a study; data files are only read by the methods that say so.

    Arguments:
        name: The name of the dataset.
        entry: Its entry in the config.
        study: The name of the study.
        evaluate: The part of the truth that samples are compared with.
        checks: The checks of data files.
        found: The findings of its simulation on the planning machine; None to look for them here.
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
        """The settings of the kind of data for `load_kind`: module and options."""
        return kind_settings(self.entry, self.place)

    def kind_with(self, *parts: str) -> Settings:
        """These settings with the plug-ins of some of "observables", "inputs" and "format"."""
        return with_parts(self.kind_settings, self.entry, self.place, *parts)

    def kind_for(self, *inputs: str) -> Settings:
        """These settings with the parts that some inputs of classifiers need."""
        tables = any(self.reads_observables(name) for name in inputs)
        return self.kind_with(*(["observables"] if tables else []), "inputs")

    @cached_property
    def kind(self) -> Kind:
        """The kind with its observables and inputs."""
        return kind_of(self.kind_settings, self.entry, self.place)

    @cached_property
    def stored_as(self) -> Kind:
        """The settings of the kind for files from outside, with the format of the entry."""
        return load_kind(self.kind_with("format"))

    def takes(self, kinds: Kinds) -> bool:
        """Whether kinds contain this kind, or one that it is derived from."""
        own = [x.__module__ for x in type(self.kind).__mro__ if issubclass(x, Kind)]
        return kinds is None or bool(set(map(kind_name, own)) & set(kinds))

    def refuse_others(self, kinds: Kinds, what: str, place: str) -> None:
        """Refuse something that does not work on the kind.

        Arguments:
            kinds: The kinds that it works on.
            what: The beginning of the message, such as "the step mirror works on".
            place: The entry in the config.

        Raises:
            UserError: It does not.
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
        """The simulation of a truth that is made here."""
        return load_plugin(simulation_of(self.kind_settings, self.place), Simulation)()

    def truth_shards(self) -> list[range]:
        """The numbers that each job that makes a part of the truth makes."""
        return self.simulation.shards(self.simulated or {})

    @cached_property
    def download(self) -> Download | None:
        """The published truth, if that is its source.

        Raises:
            UserError: There is no such truth, or it is of another kind or has other cells.
        """
        name = self.entry.source.download
        if name is None:
            return None
        found = Download(name, self.place)
        found.check_kind(self.entry, self.stored_as)
        return found

    @property
    def in_parts(self) -> bool:
        """Whether the held-out truth has a file of its own."""
        if self.download:
            return self.download.apart
        return self.entry.source.held_out is not None

    @property
    def made_here(self) -> bool:
        """Whether jobs make or download the truth, which need not be there yet."""
        return bool(self.simulated or self.download)

    @property
    def files(self) -> list[Path]:
        """The files of the truth, or of the held-out truth if it has its own."""
        if self.download:
            return self.download.paths(self.download.compared)
        return [self.source]

    @property
    def remark_on_download(self) -> str | None:
        """A sentence on published files that the cache lacks."""
        found = self.download and self.download.remark(self.downloads_generator_truth)
        return f"datasets.{self.name}: {found}" if found else None

    @property
    def downloads_generator_truth(self) -> bool:
        """Whether entries for generators are published apart, and the study uses some."""
        return bool(self.download and self.download.apart and self.entry.generator)

    @property
    def source(self) -> Path:
        """The file of the truth, or of the held-out truth if it has one of its own."""
        source = self.entry.source
        if self.download:
            return self.files[0]
        if source.made is not None:
            return Path("results") / self.study / "simulated" / f"{self.name}.hdf5"
        if source.bundled is not None:
            kind = kind_name(self.kind_settings["plugin"])
            return bundled_file(source.bundled or self.name, self.place, kind)
        return Path(source.held_out or source.file or "")

    @property
    def costs(self) -> Path | None:
        """The file with the costs of the simulation: of the entry, or beside a bundled truth."""
        if self.entry.costs is not None:
            return Path(self.entry.costs)
        if self.entry.source.bundled is None:
            return None
        beside = self.source.with_suffix(".costs.csv")
        return beside if beside.is_file() else None

    @property
    def generator_source(self) -> Path | None:
        """The file of the generator part, where the held-out truth has a file of its own."""
        file = self.entry.source.generator
        return Path(file) if file else None

    @cached_property
    def truth(self) -> Settings:
        """The settings on which the entries depend: a file, or a simulation."""
        if self.simulated:
            known = self.simulation.slice(self.simulated, self.kind_settings, self.place)
            return {"simulation": {**known, **self.found}}
        if self.download:
            return {"download": self.download.identity(self.download.compared)}
        return {"sha256": self.checks.sha256(self.source)}

    @property
    def generator_truth(self) -> Settings:
        """The settings on which the entries for generators depend, if they have files apart."""
        if not self.in_parts:
            return {}
        if self.download:
            used = self.downloads_generator_truth
            return {"download_generator": self.download.identity(GENERATOR) if used else []}
        path = self.generator_source
        return {"sha256_generator": self.checks.sha256(path) if path else None}

    @cached_property
    def found(self) -> Settings:
        """Other things on which a simulated truth depends besides the config."""
        return self.simulation.found(self.source) if self.given is None else self.given

    @property
    def condition_range(self) -> Settings:
        """The range of conditions to which truth and samples are cut, for settings."""
        found = self.kind.condition_range
        return {"range": found} if found else {}

    @property
    def n_entries(self) -> int:
        """The number of entries of the held-out truth, the largest number of a sample."""
        return getattr(self.entry, self.part)

    def inputs_or_first(self, wanted: str, among: Sequence[str] | None = None) -> str:
        """Inputs of classifiers, or others if the dataset lacks them.

        The others are the first that are made of observables, or the first; empty without any.

        Arguments:
            wanted: The name of the inputs.
            among: The possible inputs (default: all of the kind).
        """
        known = list(self.kind.inputs) if among is None else among
        first = [x for x in known if self.reads_observables(x)]
        return wanted if wanted in known else next(iter([*first, *known]), "")

    def reads_observables(self, inputs: str) -> bool:
        """Whether inputs of classifiers are made of the table of observables."""
        return self.kind.inputs[inputs].reads_observables
