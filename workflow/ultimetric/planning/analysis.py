"""An analysis of a study, and the jobs that follow from what its module declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from ultimetric.config import entries
from ultimetric.planning import settings
from ultimetric.planning.cards import hyper_parameters
from ultimetric.planning.methods import RESOURCES, resources_of, threads_of
from ultimetric.planning.parts import Files, Parts, Place, entries_of
from ultimetric.planning.placed import PlacedAnalysis, Settings

ALL = "*"  # in `analyses`: all of the study
MODELS = ("generator", "model")  # words of `needs` that give a job trained generators


class Analysis(PlacedAnalysis):
    """An analysis of a study.

    Arguments:
        name, entry, parts: As of `PlacedAnalysis`.
        others: The analyses of the study by name; those whose numbers it takes need be there only
            when its jobs are planned.
    """

    def __init__(
        self, name: str, entry: entries.Analysis, parts: Parts, others: Mapping[str, Analysis]
    ) -> None:
        super().__init__(name, entry, parts)
        self._others = others

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
                    planned = self.parts.datasets[dataset]
                    card = self.parts.generators[name].settings(planned)["card"]
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
