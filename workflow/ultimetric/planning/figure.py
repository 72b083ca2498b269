"""A figure of a study, and the jobs that follow from what its module declares."""

from __future__ import annotations

import re
from functools import cached_property
from math import ceil
from typing import Any

from ultimetric.config import entries
from ultimetric.planning.analysis import ALL, Analysis, results_of
from ultimetric.planning.declared import path_of
from ultimetric.planning.entries import declared_by
from ultimetric.planning.parts import Files, Parts, entries_of
from ultimetric.planning.plugged import Plugged
from ultimetric.planning.stated import stated

COSTS = "costs"  # the need of figures that draw costs
OF_CONDITION = "condition"  # the need of figures that draw something against the condition
MOST = 4  # samples that share panels
DRAWN = ("rows", "findings", "arrays")  # what analyses write that figures are given
OBSERVABLE = re.compile(r"(list of )?observable\b")  # an option that names observables
Settings = dict[str, Any]


class Figure(Plugged):
    """A figure of a study.

    Arguments:
        name: The name of its entry in the config.
        entry: The entry.
        parts: The parts of the study.
        analyses: The analyses of the study by name.
        part: The number of the part, from 0, of a figure that many samples divide.
    """

    folder = "figures"
    entry: entries.Figure

    def __init__(
        self,
        name: str,
        entry: entries.Figure,
        parts: Parts,
        analyses: dict[str, Analysis],
        part: int = 0,
    ) -> None:
        super().__init__(name, entry)
        self.parts = parts
        self.part = part
        self._analyses = analyses

    @property
    def file(self) -> str:
        """The name of its files; no entry of the config has a hyphen."""
        return f"{self.name}-{self.part + 1}" if self.part else self.name

    def divided(self) -> list[Figure]:
        """The figure and its further parts, as many as the dataset with most samples needs."""
        most = max((len(self._groups(dataset)) for dataset in self.datasets), default=1)
        further = (
            Figure(self.name, self.entry, self.parts, self._analyses, part)
            for part in range(1, most)
        )
        return [self, *further]

    @property
    def section(self) -> str:
        """Its section of the report."""
        return self.says("section") or ""

    def title(self, dataset: str) -> str:
        """The title in the report."""
        title, parts = self.entry.title or self.name, len(self._groups(dataset))
        return title if parts == 1 else f"{title} ({self.part + 1} of {parts})"

    @property
    def caption(self) -> str:
        """The text of the .rst file beside the module; empty if there is none."""
        path = path_of(self.module).with_suffix(".rst")
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    @cached_property
    def analyses(self) -> list[Analysis]:
        """The analyses of the study that it draws; "*" stands for all."""
        wanted = self.lists("analyses")
        known = [x for _, x in sorted(self._analyses.items())]
        return [x for x in known if x.stem in wanted or ALL in wanted]

    @cached_property
    def options(self) -> Settings:
        """The options that the entry gives, checked."""
        return self.checked(self.entry.options)

    @cached_property
    def observables(self) -> dict[str, list[str]]:
        """The observables that its options name, by option."""
        declared = declared_by("figures", self.module, self.place)
        limits = declared[1] if declared else {}
        given = {key: self.options.get(key) for key, x in limits.items() if OBSERVABLE.match(x)}
        return {key: [x] if isinstance(x, str) else x for key, x in given.items() if x}

    @cached_property
    def datasets(self) -> list[str]:
        """The datasets of which it has something to show."""
        chosen = self.parts.datasets if self.entry.datasets is None else self.entry.datasets
        return [x for x in self.parts.datasets if x in chosen and self._shows(x)]

    def samples(self, dataset: str) -> list[str]:
        """The samples that it shows, in its order."""
        groups = self._groups(dataset)
        return groups[self.part] if self.part < len(groups) else []

    def _groups(self, dataset: str) -> list[list[str]]:
        """The samples of each part: at most `most`, about equally many, and all controls."""
        known = self.parts.samples.of(dataset)
        chosen = known if self.entry.samples is None else self.entry.samples
        shown = [x for x in chosen if x in known and x not in self.entry.exclude]
        controls = self.parts.samples.controls(dataset)
        own = [x for x in shown if x not in controls]
        most = self.entry.most or (MOST if self.entry.samples is None else len(own))
        if not self.says("overlaid") or len(own) <= most:
            return [shown]
        number = ceil(len(own) / most)
        size = ceil(len(own) / number)
        groups = [own[i : i + size] for i in range(0, len(own), size)]
        return [[x for x in shown if x in group or x in controls] for group in groups]

    def files(self, dataset: str) -> Files:
        """The keys of its input files, by role."""
        shown = {x: self.samples(x) for x in (dataset, *self.entry.beside)}
        needs = self.lists("needs") + self.lists("optional")
        found = self.parts.files(needs, {dataset: shown[dataset]})
        found |= results_of(self.analyses, shown, DRAWN)
        if COSTS in needs:
            everything = (x for _, x in sorted(self._analyses.items()))
            found |= results_of(everything, shown, (COSTS,))
        return found

    def settings(self, dataset: str, style: Settings) -> Settings:
        """The settings of the job that draws it.

        Arguments:
            dataset: The dataset.
            style: Looks of all figures.
        """
        files, samples = self.files(dataset), self.samples(dataset)
        kind = self.parts.datasets[dataset].kind_with("observables")
        controls = self.parts.samples.controls(dataset)
        known: Settings = {}
        if COSTS in self.lists("needs") + self.lists("optional"):
            known["stated"] = {dataset: stated(self.parts, dataset, samples)}
        return (
            known
            | {
                "datasets": entries_of({dataset: samples}, {dataset: kind}),
                "files": files,
                "figure": {"plugin": self.module, **self._resolved(dataset)},
                "controls": [name for name in samples if name in controls],
                "style": style | {"inputs": self.parts.methods.inputs_of(dataset)},
            }
            | self.read
        )

    def _resolved(self, dataset: str) -> Settings:
        """The options for a dataset, with other inputs for those that its kind lacks."""
        methods = self.parts.methods
        default = methods.default_of(dataset)
        options: Settings = {} if default == "dnn" else {"method": default}
        drawn = self.lists("analyses")
        for analysis in self.analyses:
            # Findings are drawn with the classifier that ordered them.
            if (
                analysis.stem in drawn
                and "findings" in analysis.outputs
                and dataset in analysis.datasets
            ):
                found = analysis.resolved(dataset)
                options |= {key: found[key] for key in ("method", "inputs") if key in found}
        options |= self.options
        wanted = options.get("inputs", self.defaults.get("inputs"))
        if isinstance(wanted, str) and wanted not in self.parts.datasets[dataset].kind.inputs:
            method = options.get("method", default)
            options["inputs"] = methods.together(dataset, method, wanted)
        return options

    def _shows(self, dataset: str) -> bool:
        """Whether it has something to show of a dataset."""
        of, needs = self.parts.datasets[dataset], self.lists("needs")
        if not of.takes(self.kinds):
            return False
        if (self.entry.samples is not None or self.part) and not self.samples(dataset):
            return False
        if OF_CONDITION in needs and of.kind.condition is None:
            return False
        for need in ("exact", "history", "scan"):
            if need in needs and not any(
                self.parts.has(need, dataset, name) for name in self.samples(dataset)
            ):
                return False
        if COSTS in needs and not self._has_costs(dataset):
            return False
        if any(not of.kind.observables.keys() & x for x in self.observables.values()):
            return False
        group = self.entry.options.get("group")
        groups = {x.group for x in of.kind.observables.values() if x.shown}
        if group is not None and group not in groups:
            return False
        return not self.lists("analyses") or any(
            dataset in place.samples for x in self.analyses for place in x.places.values()
        )

    def _has_costs(self, dataset: str) -> bool:
        """Whether costs of a dataset are measured by an analysis, or stated for a sample."""
        given = self.parts.config.samples
        return any(
            dataset in place.samples
            for analysis in self._analyses.values()
            if COSTS in analysis.outputs
            for place in analysis.places.values()
        ) or any(name in given and given[name].costs for name in self.samples(dataset))
