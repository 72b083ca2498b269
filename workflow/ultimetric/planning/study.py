"""The config of a study, cut into exactly what each stage uses."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ultimetric.planning.cards import plugin
from ultimetric.planning.datasets import WORKFLOW
from ultimetric.planning.entries import OWN
from ultimetric.planning.fingerprint import Sources, digest_of, plugins_in
from ultimetric.planning.remember import remembered
from ultimetric.planning.simulation import Found
from ultimetric.planning.slices_of_classifiers import ClassifierSlices
from ultimetric.planning.slices_of_samples import Slice
from ultimetric.snake.kept import keep

TEMPLATE = WORKFLOW / "report" / "report.html.j2"


def canonical(cfg: Slice) -> str:
    """JSON that is equal exactly if two slices are."""
    return json.dumps(cfg, sort_keys=True, separators=(",", ":"))


class Study(ClassifierSlices):
    """A study with the slices of all stages, and the fingerprints of their code.

    `load_study` makes one.
    """

    def __init__(self, config: dict[str, Any], cache: Path, found: Found | None = None) -> None:
        super().__init__(config, cache, found)
        self.sources = Sources()
        self.remarks: list[str] = []  # what users should know before anything runs
        self.code_tables = cache.with_name("code")

    def metric(self, dataset: str, sample: str, metric: str) -> Slice:
        entry = self.config["metrics"][metric]
        return {
            "dataset": dataset,
            "sample": sample,
            "kind": self.kind_with(dataset, "observables", "inputs"),
            "others": self.others(dataset, sample),
            "seed": self.config["seed"],
            "metric": {"plugin": plugin("metrics", metric, entry), **_options(entry)},
        }

    def find(self, dataset: str, sample: str) -> Slice:
        return {
            "dataset": dataset,
            "sample": sample,
            "kind": self.kind_with(dataset, "observables"),
            "seed": self.config["seed"],
            **self.config["failures"],
            **self.searched_by(dataset),
        }

    def aggregate(self) -> Slice:
        return {
            "study": self.name,
            "config": self._recorded(),
            "simulations": {
                name: self.truth(name)["simulation"]
                for name in self.datasets
                if self.simulated(name)
            },
            "sha256": {
                name: self.truth(name)["sha256"]
                for name in self.datasets
                if not self.simulated(name)
            }
            | {
                f"{name} (generator)": self.checks.sha256(path)
                for name in self.datasets
                if (path := self.generator_source(name))
            }
            | {
                name: self.checks.sha256(self._external(name))
                for dataset in self.datasets
                for name in self.externals(dataset)
            },
            "code": {
                f"{dataset}/{name}": self.code("train", self.train(dataset, name))
                for dataset in self.datasets
                for name in self.generators(dataset)
            },
        }

    def figure(self, dataset: str, figure: str) -> Slice:
        entry = self.config["figures"][figure]
        method = {} if self.default_method == "dnn" else {"method": self.default_method}
        return {
            "dataset": dataset,
            "kind": self.kind_with(dataset, "observables"),
            "figure": {
                "plugin": plugin("figures", figure, entry),
                **method,
                **(self.searched_by(dataset) if self.wants(figure, "failures") else {}),
                **self.options_of(dataset, figure),
            },
            "samples": self.shown(dataset, figure),
            "controls": [n for n in self.shown(dataset, figure) if n in self.controls(dataset)],
            "histories": self._shown_and_trained(dataset, figure),
            "scans": self.scanned(dataset, figure),
            "exact": self.exactly_known(dataset, figure),
            "style": self._style_of(dataset, self.shown(dataset, figure)),
        }

    def report(self) -> Slice:
        return {
            "study": self.name,
            "template": self.checks.sha256(TEMPLATE),
            "style": {"labels": self.labels(*self.datasets)},
            "samples": {dataset: self.samples(dataset) for dataset in self.datasets},
            "figures": [
                {
                    "name": figure,
                    "dataset": dataset,
                    "module": self.figure_module(figure),
                    "title": self.config["figures"][figure].get("title", figure),
                    "caption": self._caption(figure),
                }
                for dataset in self.datasets
                for figure in self.figures_of(dataset)
            ],
            "controls": {k: v for name in self.datasets for k, v in self.controls(name).items()},
            **({"failures": self._all_searched_by()} if self.searched else {}),
        }

    def code(self, stages: str | Iterable[str], cfg: Slice) -> str:
        """Fingerprint of all code that a stage (or several) runs with a slice."""
        names = [stages] if isinstance(stages, str) else stages
        plugins = sorted(set(plugins_in(cfg)))
        return self._fingerprint(*(f"ultimetric.stages.{name}" for name in names), *plugins)

    def _all_searched_by(self) -> Slice:
        """The classifier and, of all datasets, the inputs that were searched with, for words."""
        found = [self.searched_by(dataset) for dataset in self.searched]
        inputs = dict.fromkeys(one["inputs"] for one in found)
        return {"method": found[0]["method"], "inputs": " or ".join(inputs)}

    def _caption(self, figure: str) -> str:
        """Text of workflow/report/<module>.rst, or of the .rst beside a figure's own file."""
        entry = self.config["figures"][figure]
        if "file" in entry:
            path = Path(entry["file"]).with_suffix(".rst")
        else:
            path = WORKFLOW / "report" / f"{self.figure_module(figure)}.rst"
        return path.read_text() if path.is_file() else ""

    @remembered
    def _fingerprint(self, *modules: str) -> str:
        table = self.sources.table(modules)
        code = digest_of(table)
        keep(json.dumps(table, indent=1, sort_keys=True), self.code_tables / f"{code}.json")
        return code

    def _recorded(self) -> dict[str, Any]:
        """What the provenance tells of the config: all that can change a number."""
        config = {k: v for k, v in self.config.items() if k not in ("figures", "style")}
        if self.regressed:
            config["regression"] = _without_resources(config["regression"])
        return config | {
            part: {name: _without_resources(entry) for name, entry in config[part].items()}
            for part in ("generators", "classifiers")
        }


def _without_resources(entry: dict[str, Any]) -> dict[str, Any]:
    override = {k: v for k, v in entry.get("override", {}).items() if k != "resources"}
    rest = {k: v for k, v in entry.items() if k != "override"}
    return rest | ({"override": override} if override else {})


def _options(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in OWN}
