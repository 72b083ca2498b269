"""The config of a study, cut into exactly what each stage uses."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ultimetric.kinds.base import Kind, load_kind
from ultimetric.planning.cards import plugin, plugin_and_card
from ultimetric.planning.catalogue import TRUTH, WORKFLOW, Catalogue
from ultimetric.planning.checks import Checks
from ultimetric.planning.entries import OWN
from ultimetric.planning.fingerprint import Sources, plugins_in
from ultimetric.planning.generator_entry import generator_slice
from ultimetric.planning.records import CodeTables
from ultimetric.planning.remember import remembered
from ultimetric.planning.simulation import (
    simulation_shards,
    simulation_slice,
    tables_here,
    tables_of,
)

TEMPLATE = WORKFLOW / "report" / "report.html.j2"
# What a sample can be tested against, and with which share of the training showers: `weights` is
# the test itself.
REFERENCES = {"weights": 1.0, "memorisation": 1.0, "half": 0.5, "quarter": 0.25}
LARGEST_WEIGHT = 10.0  # that reweighting counts in full
Slice = dict[str, Any]


def canonical(cfg: Slice) -> str:
    """JSON that is equal exactly if two slices are."""
    return json.dumps(cfg, sort_keys=True, separators=(",", ":"))


class Study(Catalogue):
    """Each method named after a stage returns that stage's slice; `load_study` makes one.

    Arguments:
        config: valid by the schema.
        cache: file that remembers the verdict on data files; tables of code are kept beside it.
        tables: of Geant4, by dataset, as the process that plans found them; none to look here.
    """

    def __init__(
        self, config: dict[str, Any], cache: Path, tables: dict[str, str | None] | None = None
    ) -> None:
        super().__init__(config)
        self.given_tables = tables or {}
        self.checks = Checks(cache)
        self.sources = Sources()
        self.remarks: list[str] = []  # what users should know before anything runs
        self.code_tables = CodeTables(cache.with_name("code"))

    def simulate(self, dataset: str, shard: str) -> Slice:
        simulation = self.truth(dataset)["simulation"]
        rows = simulation_shards(self.simulated(dataset))[int(shard)]
        cfg = {key: value for key, value in simulation.items() if key != "showers"}
        return {**cfg, "rows": [rows.start, rows.stop]}

    @remembered
    def preprocess(self, dataset: str) -> Slice:
        entry = self.config["datasets"][dataset]
        return {
            "dataset": dataset,
            **self.truth(dataset),
            "kind": self.kind_with(dataset, "format"),
            "final": entry["final"],
            "generator": entry["generator"],
            "classifier": entry["classifier"],
            **self.condition_range(dataset),
        }

    @remembered
    def train(self, dataset: str, sample: str) -> Slice:
        return {
            "dataset": dataset,
            "sample": sample,
            "kind": self._kind_of_model(dataset, sample),
            "truth": self.preprocess(dataset),
            "seed": self.config["seed"],
            **({"builds_on": self.train(dataset, base)} if (base := self.base_of(sample)) else {}),
            **self.model(sample),
        }

    def sample(self, dataset: str, sample: str, shard: str = "0") -> Slice:
        rows = self.shards(dataset)[int(shard)]
        return {**self.train(dataset, sample), "rows": [rows.start, rows.stop]}

    def examine(self, dataset: str, sample: str) -> Slice:
        return {**self.train(dataset, sample), "part": self.judged_by("weights")}

    def scan(self, dataset: str, sample: str) -> Slice:
        return self.train(dataset, sample)

    def gather(self, dataset: str, sample: str) -> Slice:
        return {"dataset": dataset, "sample": sample}

    def gather_truth(self, dataset: str) -> Slice:
        return {"dataset": dataset, **self.truth(dataset)}

    def ingest(self, dataset: str, sample: str) -> Slice:
        return {
            "dataset": dataset,
            "sample": sample,
            "sha256": self.checks.sha256(self._external(sample)),
            "truth": self.truth(dataset),
            "kind": self.kind_with(dataset, "format"),
            "entries": self.n_entries(dataset),
            "seed": self.config["seed"],
            **self.condition_range(dataset),
        }

    def classify(
        self, reference: str, dataset: str, sample: str, test: str, features: str, block: str
    ) -> Slice:
        return {
            "reference": reference,
            "dataset": dataset,
            "sample": sample,
            "kind": self._kind_for(dataset, features),
            "test": test,
            **plugin_and_card("classifiers", test, self.config["classifiers"][test]),
            "features": features,
            "fraction": REFERENCES[reference],
            "block": int(block),
            "repeats": self.config["repeats"]["size"],
            "seed": self.config["seed"],
        }

    def classify_jointly(self, dataset: str, test: str, features: str, block: str) -> Slice:
        return {
            "dataset": dataset,
            "samples": sorted(self.samples(dataset)),  # their order is a matter of looks
            "kind": self._kind_for(dataset, features),
            "test": test,
            **plugin_and_card("classifiers", test, self.config["classifiers"][test]),
            "features": features,
            "block": int(block),
            "repeats": self.config["repeats"]["size"],
            "seed": self.config["seed"],
        }

    def single_out(self, dataset: str, sample: str, test: str, features: str, block: str) -> Slice:
        return {"sample": sample}

    def consistency(self, dataset: str) -> Slice:
        return {
            "dataset": dataset,
            "tests": [list(pair) for pair in self.joint_pairs(dataset)],
            "blocks": len(self.blocks),
        }

    def observe(self, dataset: str, events: str) -> Slice:
        return {"dataset": dataset, "kind": self.kind_with(dataset, "observables")}

    def weigh(self, reference: str, dataset: str, sample: str) -> Slice:
        return {
            "reference": reference,
            "dataset": dataset,
            "sample": sample,
            "tests": [list(pair) for pair in self.pairs_of_tests(reference, dataset)],
            "blocks": len(self.blocks),
            "seed": self.config["seed"],
        }

    def regress(self, dataset: str) -> Slice:
        return {
            "dataset": dataset,
            "kind": self._kind_for(dataset, *self.regressor()["features"]),
            "samples": sorted(self.samples(dataset)),  # their order is a matter of looks
            "seed": self.config["seed"],
            "card": {key: x for key, x in self.regressor().items() if key != "resources"},
        }

    def reweight(self, dataset: str, sample: str) -> Slice:
        entry = self.config["reweighting"]
        test = entry["test"]
        return {
            "dataset": dataset,
            "sample": sample,
            "kind": self._kind_for(dataset, entry["features"]),
            "test": test,
            **plugin_and_card("classifiers", test, self.config["classifiers"][test]),
            "features": entry["features"],
            "largest": entry.get("largest", LARGEST_WEIGHT),
            "control": plugin_and_card("generators", "planted", {}),
            "repeats": self.config["repeats"]["size"],
            "seed": self.config["seed"],
        }

    def identify(self, pair: str, sample: str, features: str) -> Slice:
        test = self.config["particles"]["test"]
        first, second = self.particle_pairs[pair]
        return {
            "pair": [first, second],
            "sample": sample,
            "kind": self._kind_for(first, features),
            "test": test,
            **plugin_and_card("classifiers", test, self.config["classifiers"][test]),
            "features": features,
            "repeats": self.config["repeats"]["size"],
            "seed": self.config["seed"],
        }

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
        }

    def trial(self, dataset: str, sample: str, block: str) -> Slice:
        rows, entry = self.trial_shards(sample)[int(block)], self.config["failures"]
        planted = self.model(sample)["card"]
        return {
            "dataset": dataset,
            "sample": sample,
            "truth": self.preprocess(dataset),
            "kind": self.kind_with(dataset, "observables", "inputs"),
            "fault": planted.get("fault"),
            "fraction": planted.get("fraction", 0.0),
            "trials": [rows.start, rows.stop],
            "entries": self.n_entries(dataset),
            **plugin_and_card(
                "classifiers", entry["test"], self.config["classifiers"][entry["test"]]
            ),
            "features": entry["features"],
            "values": entry["values"],
            "seed": self.config["seed"],
        }

    def prove(self, dataset: str) -> Slice:
        return {
            "dataset": dataset,
            "samples": self.trial_blocks(dataset),
            "control": TRUTH,
            "test": self.config["failures"]["test"],
            "features": self.config["failures"]["features"],
            "entries": self.n_entries(dataset),
        }

    def compare(self, dataset: str) -> Slice:
        return {
            "dataset": dataset,
            "kind": self.kind_slice(dataset),
            "pairs": self.pairs(dataset),
            "tests": [list(pair) for pair in self.pairs_of_tests("weights", dataset)],
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
            | {name: self.checks.sha256(self._external(name)) for name in self.config["samples"]},
            "code": {
                f"{dataset}/{name}": self.code("train", self.train(dataset, name))
                for dataset in self.datasets
                for name in self.generators(dataset)
            },
        }

    def figure(self, dataset: str, figure: str) -> Slice:
        entry = self.config["figures"][figure]
        test = {} if self.default_test == "dnn" else {"test": self.default_test}
        return {
            "dataset": dataset,
            "kind": self.kind_with(dataset, "observables"),
            "figure": {
                "plugin": plugin("figures", figure, entry),
                **test,
                **(self._searched_by() if self.wants(figure, "failures") else {}),
                **_options(entry),
            },
            "samples": self.shown(dataset, figure),
            "controls": [n for n in self.shown(dataset, figure) if n in self.controls(dataset)],
            "histories": self._shown_and_trained(dataset, figure),
            "scans": self.scanned(dataset, figure),
            "style": self._style_of(self.shown(dataset, figure)),
        }

    def report(self) -> Slice:
        return {
            "study": self.name,
            "template": self.checks.sha256(TEMPLATE),
            "style": {"labels": self._style()["labels"]},
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
                for figure in self.figures
            ],
            "controls": {k: v for name in self.datasets for k, v in self.controls(name).items()},
            **({"failures": self._searched_by()} if self.searched else {}),
        }

    def code(self, stages: str | Iterable[str], cfg: Slice) -> str:
        """Fingerprint of all code that a stage (or several) runs with a slice."""
        names = [stages] if isinstance(stages, str) else stages
        plugins = sorted(set(plugins_in(cfg)))
        return self._fingerprint(*(f"ultimetric.stages.{name}" for name in names), *plugins)

    @remembered
    def truth(self, dataset: str) -> Slice:
        """What the showers of a truth follow from: a file, or a simulation."""
        if entry := self.simulated(dataset):
            simulation = simulation_slice(entry, self.kind_slice(dataset))
            return {"simulation": {**simulation, "tables": self.tables(dataset)}}
        return {"sha256": self.checks.sha256(self.source(dataset))}

    @remembered
    def tables(self, dataset: str) -> str | None:
        """Geant4's tables that a simulated truth follows from; None if nobody knows.

        Those here; where there are none, those of the truth itself: it stays finished there.
        """
        if dataset in self.given_tables:
            return self.given_tables[dataset]
        return self._tables_here() or tables_of(self.source(dataset))

    def external(self, sample: str) -> Path:
        """The file of an external sample, checked."""
        path = self._external(sample)
        self.checks.entries(path, self.stored_as(self.dataset_of(sample)))
        return path

    def stored_as(self, dataset: str) -> Kind:
        """The kind of a dataset as files from outside hold it: in the format that it names."""
        return load_kind(self.kind_with(dataset, "format"))

    @remembered
    def model(self, sample: str) -> Slice:
        """A generator's module and card, its recipe resolved."""
        base = self.base_of(sample)
        return generator_slice(
            sample,
            self._entry(sample),
            self.config["preprocessing"],
            None if base is None else self.model(base),
        )

    def _kind_of_model(self, dataset: str, sample: str) -> Slice:
        """The slice of a kind with what a model needs of it: inputs of a classifier in its card,
        observables of a fault.
        """
        card = self.model(sample)["card"]
        if "features" in card:
            return self._kind_for(dataset, *card["features"])
        return self.kind_with(dataset, *(["observables"] if "fault" in card else []))

    def _kind_for(self, dataset: str, *features: str) -> Slice:
        """The slice of a kind with what inputs of classifiers need."""
        tables = any(self.reads_observables(dataset, name) for name in features)
        return self.kind_with(dataset, *(["observables"] if tables else []), "inputs")

    def _searched_by(self) -> Slice:
        """The classifier, and its inputs, whose weights the failures were searched with."""
        return {key: self.config["failures"][key] for key in ("test", "features")}

    def _caption(self, figure: str) -> str:
        """Text of workflow/report/<module>.rst, or of the .rst beside a figure's own file."""
        entry = self.config["figures"][figure]
        if "file" in entry:
            path = Path(entry["file"]).with_suffix(".rst")
        else:
            path = WORKFLOW / "report" / f"{self.figure_module(figure)}.rst"
        return path.read_text() if path.is_file() else ""

    def _external(self, sample: str) -> Path:
        return Path(self.config["samples"][sample]["file"])

    @remembered
    def _tables_here(self) -> str | None:
        return tables_here()

    @remembered
    def _fingerprint(self, *modules: str) -> str:
        return self.code_tables.keep(self.sources.table(modules))

    def _recorded(self) -> dict[str, Any]:
        """What the provenance tells of the config: all that can change a number."""
        config = {k: v for k, v in self.config.items() if k not in ("figures", "style")}
        if self.regressed:
            config["regression"] = _without_resources(config["regression"])
        return config | {
            kind: {name: _without_resources(entry) for name, entry in config[kind].items()}
            for kind in ("generators", "classifiers")
        }


def _without_resources(entry: dict[str, Any]) -> dict[str, Any]:
    override = {k: v for k, v in entry.get("override", {}).items() if k != "resources"}
    rest = {k: v for k, v in entry.items() if k != "override"}
    return rest | ({"override": override} if override else {})


def _options(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in OWN}
