"""An analysis of a study, and the jobs that follow from what its module declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from ultimetric.config import entries
from ultimetric.errors import UserError
from ultimetric.planning import settings
from ultimetric.planning.cards import card_of, cards_of, hyper_parameters
from ultimetric.planning.declarations import Plugin
from ultimetric.planning.declared import path_of
from ultimetric.planning.generator import TRUTH
from ultimetric.planning.methods import RESOURCES, resources_of, threads_of
from ultimetric.planning.parts import Files, Parts, Place, entries_of
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
ALL = "*"  # in `analyses`: all of the study
MODELS = ("generator", "model")  # words of `needs` that give a job trained generators
Settings = dict[str, Any]


class Analysis(Plugged):
    """An analysis of a study.

    Arguments:
        name: The name of its entry in the config.
        entry: The entry.
        parts: The parts of the study.
        others: The analyses of the study by name; those whose numbers it takes need be there only
            when its jobs are planned.
    """

    folder = "analyses"
    entry: entries.Analysis

    def __init__(
        self, name: str, entry: entries.Analysis, parts: Parts, others: Mapping[str, Analysis]
    ) -> None:
        super().__init__(name, entry)
        self.parts = parts
        self._others = others

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
    def analyses(self) -> list[Analysis]:
        """The analyses of the study whose numbers it takes, of those that take none themselves.

        "*" stands for all of these.
        """
        wanted, known = self.lists("analyses"), self._others.values()
        taken = [x for x in known if x.stem in wanted or ALL in wanted]
        return [x for x in taken if not x.lists("analyses")]

    def resources(self, place: Place) -> dict[str, int]:
        """gpu, mem_mb and runtime (minutes) of a job."""
        if not self.trains:
            return RESOURCES | {"runtime": 15}
        found = [resources_of(card) for card in self._cards(place)]
        asked = {name: max(x[name] for x in found) for name in RESOURCES}
        return asked | {"mem_mb": max(asked["mem_mb"], self.options.get("mem_mb", 0))}

    def threads(self, place: Place) -> int:
        """torch threads of a job."""
        return max(map(threads_of, self._cards(place))) if self.trains else 1

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

    def files(self, place: Place) -> Files:
        """The keys of the input files of a job, by role."""
        needs = self.lists("needs") + self.lists("optional")
        tables = [dataset for dataset in place.samples if self._reads_tables(dataset)]
        if tables:
            needs.append("observables")
        found = self.parts.files(needs, place.samples)
        if "planted" in needs:
            found |= self.parts.files(["truth", "training"], place.samples)
        if tables:
            for part in ("training", "validation"):
                if part in found:
                    found[f"{part}_observables"] = found[part]
        return found | results_of(self.analyses, place.samples, ("rows",))

    def settings(self, place: Place) -> Settings:
        """The settings of a job."""
        config, parts = self.parts.config, self.parts
        dataset = next(iter(place.samples))
        files = self.files(place)
        needs = self.lists("needs") + self.lists("optional")
        options = self.resolved(dataset)
        if self.per == "pair":  # other pairs are of other jobs
            options["pairs"] = [list(place.samples)]
        analysis = {"plugin": self.module, "options": options}
        if self.has_cards:
            analysis["card"] = hyper_parameters(self.card)
        found = {
            "analysis": analysis,
            "datasets": entries_of(place.samples, self._kinds(place, files)),
            "files": files,
            "seed": config.seed,
        } | self.read
        if self.trains and self.method:
            found["repeats"] = config.repeats.blocks * config.repeats.size
            if not self.has_cards:
                found["classifier"] = parts.methods.known[self.method].settings
        if "planted" in needs:
            found["entries"] = parts.datasets[dataset].n_entries
        if "control" in needs:
            found["control"] = settings.control([parts.datasets[dataset]])[1]
        if known := self._of_samples(place, needs):
            found["settings"] = known
        return found

    def _cards(self, place: Place) -> list[Settings]:
        """The cards of the networks of a job: those of generators, if it needs these."""
        needs = self.lists("needs") + self.lists("optional")
        found = [
            self.parts.generators[name].card
            for dataset, names in place.samples.items()
            for name in names
            if self._models(needs, dataset, name)
        ]
        return found or [self.card]

    def _models(self, needs: list[str], dataset: str, name: str) -> bool:
        """Whether a job is given the generator of a sample."""
        return any(need in MODELS and self.parts.has(need, dataset, name) for need in needs)

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
            of = self.parts.datasets[dataset]
            if isinstance(wanted, list):
                return [x for x in wanted if x in of.kind.inputs] or [of.inputs_or_first("")]
            return of.inputs_or_first(wanted)
        if isinstance(wanted, list) and wanted:
            return [x for x in wanted if (self.method, x) in methods.tests(dataset)]
        suited = methods.suited(dataset, self.method, wanted or "")
        if self.says("together") and not wanted:
            return methods.together(dataset, self.method)
        return [suited] if isinstance(wanted, list) and suited else suited

    def _trained_inputs(self, dataset: str) -> list[str]:
        """The inputs that its networks are trained on."""
        if not self.trains:
            return []
        if self.has_cards:
            return self.card.get("inputs", [])
        found = self._inputs(dataset) if self.method else []
        return [found] if isinstance(found, str) else found

    def _reads_tables(self, dataset: str) -> bool:
        """Whether its networks are trained on inputs that are made of observables."""
        inputs = self._trained_inputs(dataset)
        return any(self.parts.datasets[dataset].reads_observables(name) for name in inputs)

    def _kinds(self, place: Place, files: Files) -> dict[str, Settings]:
        """The settings of the kind of each dataset, with the parts that the job needs."""
        tables = "planted" in self.lists("needs") or any("observables" in role for role in files)
        looks = "inputs" in self.options and not self.method  # without a classifier
        found = {}
        for name in place.samples:
            wanted = ["observables"] if tables or looks else []
            wanted += ["inputs"] if self._trained_inputs(name) or looks else []
            found[name] = self.parts.datasets[name].kind_with(*wanted)
        return found

    def _of_samples(self, place: Place, needs: list[str]) -> Settings:
        """The settings of single samples by dataset: their model, and the planted fault."""
        found: dict[str, dict[str, Settings]] = {}
        for dataset, names in place.samples.items():
            for name in names:
                known: Settings = {}
                if self._models(needs, dataset, name):
                    known["generator"] = settings.train(self.parts, dataset, name)
                if "planted" in needs:
                    of = self.parts.datasets[dataset]
                    card = self.parts.generators[name].settings(of)["card"]
                    known |= {"fault": card.get("fault"), "fraction": card.get("fraction", 0.0)}
                if known:
                    found.setdefault(dataset, {})[name] = known
        return found


def results_of(
    analyses: Iterable[Analysis], shown: Mapping[str, list[str]], outputs: Iterable[str]
) -> Files:
    """The keys of what analyses write of some datasets and their samples, by output.

    Arguments:
        analyses: The analyses.
        shown: The samples of each dataset; results of several samples at once are given as well.
        outputs: The outputs, of those that an analysis may have.
    """
    found: Files = {}
    for analysis in analyses:
        for place in analysis.places.values():
            if any(
                dataset in shown and (len(names) > 1 or set(names) <= set(shown[dataset]))
                for dataset, names in place.samples.items()
            ):
                for output in filter(analysis.outputs.__contains__, outputs):
                    key = [analysis.stem, place.name, analysis.name]
                    found.setdefault(output, []).append(key)
    return found
