"""What an analysis of a study is about: its options, and the datasets and samples of each job."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from ultimetric.config import entries
from ultimetric.errors import UserError
from ultimetric.planning.cards import card_of, cards_of
from ultimetric.planning.declarations import Plugin
from ultimetric.planning.declared import path_of
from ultimetric.planning.generator import TRUTH
from ultimetric.planning.parts import Parts, Place
from ultimetric.planning.plugged import Plugged

OF_CARDS = ("card", "override")  # keys of the entry of an analysis with cards
WRITES = {
    "rows": "csv",
    "findings": "findings.csv",
    "pictures": "pictures.hdf5",
    "arrays": "arrays.hdf5",
    "events": "events.hdf5",
    "costs": "costs.csv",
}
Settings = dict[str, Any]


class PlacedAnalysis(Plugged):
    """The options of an analysis, and its places: the datasets and samples of each of its jobs.

    Arguments:
        name: The name of its entry in the config.
        entry: The entry.
        parts: The parts of the study.
    """

    folder = "analyses"
    entry: entries.Analysis

    def __init__(self, name: str, entry: entries.Analysis, parts: Parts) -> None:
        super().__init__(name, entry)
        self.parts = parts

    @cached_property
    def declared(self) -> Plugin:
        """The class."""
        found = super().declared
        if found is None:
            raise UserError(
                f"{self.place}: what {self.module} needs cannot be read from its source; "
                "derive its class from ultimetric.analyses.base.Analysis directly"
            )
        return found

    @property
    def per(self) -> str:
        """The unit of a job: a "sample", a "dataset", a "pair" of datasets, or the "study"."""
        return self.says("per")

    @property
    def trains(self) -> bool:
        """Whether its jobs train or run networks."""
        return bool(self.says("trains"))

    @property
    def alone(self) -> bool:
        """Whether nothing else runs beside its jobs on a workstation."""
        return bool(self.says("alone"))

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of its jobs, with the ending of each file."""
        return {name: WRITES[name] for name in ("rows", *self.lists("writes"))}

    @cached_property
    def options(self) -> Settings:
        """All options, with their defaults."""
        given = self.entry.options
        if self.has_cards:
            given = {key: value for key, value in given.items() if key not in OF_CARDS}
        return self.defaults | self.checked(given)

    @property
    def has_cards(self) -> bool:
        """Whether hyper-parameters lie beside the module."""
        return bool(cards_of(path_of(self.module)))

    @cached_property
    def card(self) -> Settings:
        """Its hyper-parameters, or those of the classifier that it trains; empty if none."""
        if self.has_cards:
            chosen, changes = (self.entry.options.get(key) for key in OF_CARDS)
            return card_of("analyses", self.module, chosen, changes or {}, self.place)
        if self.trains and self.method:
            return self.parts.methods.known[self.method].card
        return {}

    @cached_property
    def method(self) -> str:
        """The classifier of the option `method`; by default one that sees one sample at a time."""
        if "method" not in self.options:
            return ""
        if self.options["method"]:
            return self.options["method"]
        methods = self.parts.methods
        single = [name for name in methods.known if name not in methods.joint]
        if self.trains:
            single = [name for name in single if name not in methods.protocols]
        single.sort(key=lambda name: name != methods.default)
        for name in single:
            if all(methods.suited(dataset, name) for dataset in self.datasets):
                return name
        return ""

    @cached_property
    def datasets(self) -> list[str]:
        """Its datasets: those of its entry, or all whose kind it works on."""
        chosen = self.parts.datasets if self.entry.datasets is None else self.entry.datasets
        return [x for x in self.parts.datasets if x in chosen and self._takes(x)]

    @cached_property
    def places(self) -> dict[str, Place]:
        """The datasets and samples of each of its jobs, by name."""
        return {place.name: place for place in self._places()}

    def resolved(self, dataset: str) -> Settings:
        """The options for a dataset: its method, and inputs that the dataset has."""
        options = dict(self.options)
        if "method" in options:
            options["method"] = self.method
        if "inputs" in options:
            options["inputs"] = self._inputs(dataset)
        return options

    def binned(self, dataset: str) -> bool:
        """Whether a dataset has the published binning that it needs, if it needs one."""
        binning = self.says("binning")
        return not binning or binning in self.parts.datasets[dataset].kind.binnings

    def _takes(self, dataset: str) -> bool:
        """Whether it works on a dataset, and its classifier takes some of its inputs."""
        parts = self.parts
        if not parts.datasets[dataset].takes(self.kinds) or not self.binned(dataset):
            return False
        needs = self.lists("needs")
        if "scores" in needs and not parts.methods.joint_tests(dataset):
            return False
        return "baseline" not in needs or TRUTH in parts.samples.generated(dataset)

    def _places(self) -> Iterator[Place]:
        known = {dataset: self._samples(dataset) for dataset in self.datasets}
        if "method" in self.options:
            known = {x: names for x, names in known.items() if self._inputs(x)}
        if self.per == "sample":
            for dataset, names in known.items():
                for name in names:
                    yield Place(f"{dataset}/{name}", {dataset: [name]})
        elif self.per == "dataset":
            for dataset, names in known.items():
                if names := self._paired(names):
                    yield Place(dataset, {dataset: sorted(names)})
        elif self.per == "pair":
            for first, second in self.options["pairs"]:
                for name in known.get(first, []):
                    if name in known.get(second, []):
                        yield Place(f"{first}_{second}/{name}", {first: [name], second: [name]})
        elif any(known.values()):
            yield Place("study", {dataset: sorted(names) for dataset, names in known.items()})

    def _samples(self, dataset: str) -> list[str]:
        """Its samples, of those that have what it needs."""
        needs, chosen = self.lists("needs"), self.entry.samples
        return [
            name
            for name in self.parts.samples.of(dataset)
            if (chosen is None or name in chosen)
            and name not in self.entry.exclude
            and all(self.parts.has(need, dataset, name) for need in needs)
        ]

    def _paired(self, names: list[str]) -> list[str]:
        """The samples that are part of an existing pair; all if the analysis has no pairs."""
        pairs = self.options.get("pairs")
        if pairs is None:
            return names
        there = [set(pair) for pair in pairs if set(pair) <= set(names)]
        return sorted(set().union(*there))

    def _inputs(self, dataset: str) -> Any:
        """The option `inputs` for a dataset, without inputs that it lacks."""
        wanted, methods = self.options.get("inputs", ""), self.parts.methods
        if "method" not in self.options:
            planned = self.parts.datasets[dataset]
            if isinstance(wanted, list):
                return [x for x in wanted if x in planned.kind.inputs] or [
                    planned.inputs_or_first("")
                ]
            return planned.inputs_or_first(wanted)
        if isinstance(wanted, list) and wanted:
            return [x for x in wanted if (self.method, x) in methods.tests(dataset)]
        suited = methods.suited(dataset, self.method, wanted or "")
        if self.says("together") and not wanted:
            return methods.together(dataset, self.method)
        return [suited] if isinstance(wanted, list) and suited else suited
