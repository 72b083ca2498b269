"""A study: its parts, its analyses and figures, and the settings of its jobs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from ultimetric.config import entries
from ultimetric.config.models import Config
from ultimetric.errors import UserError
from ultimetric.folders import WORKFLOW
from ultimetric.forms.names import one_of
from ultimetric.kept import keep
from ultimetric.planning import settings
from ultimetric.planning.analysis import Analysis
from ultimetric.planning.checks import Checks
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.figure import Figure
from ultimetric.planning.fingerprint import Sources, digest_of, plugins_in
from ultimetric.planning.generator import TRUTH, Generator
from ultimetric.planning.methods import Methods
from ultimetric.planning.parts import Parts
from ultimetric.planning.samples import Samples
from ultimetric.planning.simulation import Found
from ultimetric.planning.stated import stated
from ultimetric.planning.style import colours_of, labels, style_of, words

TEMPLATE = WORKFLOW / "report" / "report.html.j2"
INDEPENDENT = "independent"  # the generator of the baseline
Settings = dict[str, Any]


def canonical(cfg: Settings) -> str:
    """The JSON text of settings, equal for equal settings."""
    return json.dumps(cfg, sort_keys=True, separators=(",", ":"))


class Study:
    """A study. `load_study` makes one of a config.

    Arguments:
        config: The config, complete.
        cache: The file in which verdicts on data files are cached.
        found: The findings of simulations on the planning machine, by dataset; None to look for
            them here.
    """

    def __init__(self, config: Config, cache: Path, found: Found | None = None) -> None:
        self.config, self.name = config, config.study
        self.checks, self.sources = Checks(cache), Sources(cache.with_name("sources.json"))
        self.code_tables = cache.with_name("code")
        self.remarks: list[str] = []  # what users should know before anything runs
        self._fingerprints: dict[tuple[str, ...], str] = {}
        self.datasets = {
            name: Dataset(
                name, entry, config.study, config.evaluate, self.checks, (found or {}).get(name)
            )
            for name, entry in sorted(config.datasets.items())
        }
        self.generators = _generators(config)
        self.samples = Samples(config, self.datasets, self.generators)
        self.methods = Methods(config, self.datasets)
        self.parts = Parts(config, self.datasets, self.generators, self.samples, self.methods)
        self.analyses: dict[str, Analysis] = {}
        for name, entry in sorted(config.analyses.items()):
            self.analyses[name] = Analysis(name, entry, self.parts, self.analyses)
        figures = [
            part
            for name, entry in config.figures.items()
            for part in Figure(name, entry, self.parts, self.analyses).divided()
        ]
        order = config.style.order.figures
        places = {name: i for i, name in enumerate(order)}
        figures.sort(key=lambda x: (places.get(x.name, len(order)), x.name, x.part))
        self.figures = {figure.file: figure for figure in figures}

    def figures_of(self, dataset: str) -> list[str]:
        """The figures that have something to show of a dataset."""
        return [name for name, figure in self.figures.items() if dataset in figure.datasets]

    def figure(self, dataset: str, figure: str) -> Settings:
        """The settings of the job that draws a figure."""
        found = self.figures[figure]
        return found.settings(dataset, style_of(self.parts, dataset, found.samples(dataset)))

    def analyse(self, analysis: str, place: str) -> Settings:
        """The settings of a job of an analysis."""
        found = self.analyses[analysis]
        return found.settings(found.places[place])

    @property
    def controls(self) -> dict[str, str]:
        """The samples that test the classifier, by dataset, with their role."""
        return {k: v for x in self.datasets for k, v in self.samples.controls(x).items()}

    @property
    def departures(self) -> dict[str, list[str]]:
        """What cards say of their differences from a publication, by sample or classifier."""
        plugged = (self.generators | self.methods.known).items()
        return {name: x.card["departs"] for name, x in plugged if "departs" in x.card}

    def aggregate(self) -> Settings:
        """The settings of the job that collects all numbers."""
        made = {name: dataset.truth for name, dataset in self.datasets.items()}
        files = {
            f"{x} (generator)": dataset.generator_source for x, dataset in self.datasets.items()
        }
        downloads = {
            name: {"set": dataset.download.found.name, "doi": dataset.download.found.doi}
            | {
                "truth": dataset.truth["download"],
                "generator": dataset.generator_truth.get("download_generator", []),
            }
            for name, dataset in self.datasets.items()
            if dataset.download
        }
        files |= {x: self.samples.file(x) for d in self.datasets for x in self.samples.files(d)}
        return {
            "study": self.name,
            "config": self._recorded(),
            "downloads": downloads,
            "stated": {name: stated(self.parts, name) for name in self.datasets},
            "simulations": {x: y["simulation"] for x, y in made.items() if "simulation" in y},
            "sha256": {x: y["sha256"] for x, y in made.items() if "sha256" in y}
            | {name: self.checks.sha256(path) for name, path in files.items() if path},
            "code": {
                f"{dataset}/{name}": self.code("train", settings.train(self.parts, dataset, name))
                for dataset in self.datasets
                for name in self.samples.generated(dataset)
            },
        }

    def report(self) -> Settings:
        """The settings of the job that writes the report."""
        tables = [
            {
                "analysis": name,
                "section": analysis.says("section"),
                "options": {x: analysis.resolved(x) for x in analysis.datasets},
                **table,
                # Settings are stored with sorted keys; columns keep their order as pairs.
                "columns": list(table.get("columns", {}).items()),
            }
            for name, analysis in self.analyses.items()
            if analysis.places
            for table in analysis.lists("tables")
        ]
        datasets = {name: self.datasets[name] for name in self._told_in_order}
        return {
            "study": self.name,
            "template": {x.name: self.checks.sha256(x) for x in TEMPLATE.parent.glob("report.*")},
            "style": {"labels": words(self.parts) | labels(self.parts, list(self.datasets))},
            "parts": self.config.report.model_dump()["parts"],
            # Settings are stored with sorted keys.
            "datasets": list(datasets),
            "samples": {name: self.samples.of(name) for name in datasets},
            "inputs_of_some": {
                name: [x for x in self.methods.inputs_of(name) if not of.kind.inputs[x].of_all]
                for name, of in datasets.items()
            },
            "figures": [
                {
                    "name": figure,
                    "dataset": dataset,
                    "samples": self.figures[figure].samples(dataset),
                    "section": self.figures[figure].section,
                    "title": self.figures[figure].title(dataset),
                    "caption": self.figures[figure].caption,
                }
                for dataset in self.datasets
                for figure in self.figures_of(dataset)
            ],
            "tables": tables,
            # In the order of their files.
            "pictures": [
                [dataset, name]
                for analysis in self.analyses.values()
                if "pictures" in analysis.outputs
                for place in analysis.places.values()
                for dataset, (name,) in place.samples.items()
            ],
            "searched": [
                [dataset, name]
                for analysis in self.analyses.values()
                if "findings" in analysis.outputs
                for place in analysis.places.values()
                for dataset, names in place.samples.items()
                for name in names
            ],
            "colours": colours_of(self.parts),
            "controls": self.controls,
            "departs": self.departures,
        }

    def code(self, stages: str | Iterable[str], cfg: Settings) -> str:
        """The fingerprint of all code that a stage (or several) runs with some settings."""
        names = [stages] if isinstance(stages, str) else list(stages)
        plugins = sorted(set(plugins_in(cfg)))
        modules = (*(f"ultimetric.stages.{name}" for name in names), *plugins)
        if modules not in self._fingerprints:
            table = self.sources.table(modules)
            code = self._fingerprints[modules] = digest_of(table)
            keep(json.dumps(table, indent=1, sort_keys=True), self.code_tables / f"{code}.json")
        return self._fingerprints[modules]

    @cached_property
    def truth_made_here(self) -> list[str]:
        """The datasets whose truth is simulated or drawn."""
        return [name for name, dataset in self.datasets.items() if dataset.simulated]

    @property
    def _told_in_order(self) -> list[str]:
        """The datasets in the order of the report's parts, then in that of the config."""
        named = (name for part in self.config.report.parts for name in part.datasets)
        return list(dict.fromkeys([*named, *self.config.datasets]))

    def _recorded(self) -> Settings:
        """The part of the config that can change a number, for the provenance."""
        config = self.config.model_dump(exclude={"figures", "report", "style"}, exclude_none=True)
        for part in ("generators", "classifiers", "analyses"):
            for entry in config[part].values():
                if isinstance(override := entry.get("override"), dict):
                    override.pop("resources", None)
        return config


def _generators(config: Config) -> dict[str, Generator]:
    """The generators by name, each with its base, and the independent truth.

    Raises:
        UserError: A generator builds on one that does not exist, or on itself.
    """
    truth = Generator(TRUTH, entries.Generator(model=INDEPENDENT), {})
    found = {TRUTH: truth}

    def made(name: str, above: tuple[str, ...] = ()) -> Generator:
        if name not in found:
            entry, place = config.generators[name], f"config, generators.{(*above, name)[0]}"
            base, chain = entry.builds_on, (*above, name)
            if base is not None:
                one_of(base, sorted(config.generators), f"{place}.builds_on")
                if base in chain:
                    text = " on ".join([*chain, base])
                    raise UserError(f"{place}: builds on itself ({text})")
            on = None if base is None else made(base, chain)
            found[name] = Generator(name, entry, config.preprocessing, on)
        return found[name]

    for name in config.generators:
        made(name)
    return found
