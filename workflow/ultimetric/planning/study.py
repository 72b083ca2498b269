"""The config of a study, cut into exactly what each stage uses."""

from __future__ import annotations

import json
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

from ultimetric.data.geometry import Geometry, geometry_config
from ultimetric.figures.palette import colours, line_styles
from ultimetric.planning.cards import card, plugin
from ultimetric.planning.checks import Checks
from ultimetric.planning.fingerprint import Sources, plugins_in
from ultimetric.planning.records import CodeTables
from ultimetric.planning.remember import remembered
from ultimetric.planning.simulation import (
    simulation_shards,
    simulation_slice,
    tables_here,
    tables_of,
)

WORKFLOW = Path(__file__).resolve().parents[2]
BUNDLED = WORKFLOW / "resources" / "showers"
TEMPLATE = WORKFLOW / "report" / "report.html.j2"
TRUTH = "truth"  # the sample that is independent truth: the floor
# What a sample can be tested against, and with which share of the training showers: `weights` is
# the test itself.
REFERENCES = {"weights": 1.0, "memorisation": 1.0, "half": 0.5, "quarter": 0.25}
Slice = dict[str, Any]


def canonical(cfg: Slice) -> str:
    """JSON that is equal exactly if two slices are."""
    return json.dumps(cfg, sort_keys=True, separators=(",", ":"))


class Study:
    """Each method named after a stage returns that stage's slice; `load_study` makes one.

    The order of keys in the config means nothing: what is shown in some order has it from
    `style.order`, else from the alphabet.

    Arguments:
        config: valid by the schema.
        cache: file that remembers the verdict on data files; tables of code are kept beside it.
        tables: of Geant4, by dataset, as the process that plans found them; none to look here.
    """

    def __init__(
        self, config: dict[str, Any], cache: Path, tables: dict[str, str | None] | None = None
    ) -> None:
        self.config = config
        self.given_tables = tables or {}
        self.checks = Checks(cache)
        self.sources = Sources()
        self.code_tables = CodeTables(cache.with_name("code"))
        self.name: str = self.config["study"]
        self.datasets = sorted(self.config["datasets"])
        self.features: list[str] = self.config["features"]
        self.tests = sorted(self.config["classifiers"])
        self.blocks = range(self.config["repeats"]["blocks"])
        self.metrics = sorted(self.config["metrics"])
        self.figures = self._in_order("figures", self.config["figures"])

    # What there is

    @remembered
    def generators(self, dataset: str) -> list[str]:
        """Generators of a dataset, the independent truth among them."""
        chosen = (
            name
            for name, entry in self.config["generators"].items()
            if dataset in entry.get("datasets", self.datasets)
        )
        return self._in_order("samples", [TRUTH, *chosen])

    @remembered
    def externals(self, dataset: str) -> list[str]:
        """Samples of a dataset that come as a file."""
        names = (name for name in self.config["samples"] if self.dataset_of(name) == dataset)
        return self._in_order("samples", names)

    @remembered
    def samples(self, dataset: str) -> list[str]:
        """Everything that is judged against the truth of a dataset."""
        return self._in_order("samples", self.generators(dataset) + self.externals(dataset))

    @remembered
    def controls(self, dataset: str) -> dict[str, str]:
        """Samples that test the classifier, not a model: name to role (floor, power control)."""
        roles = {name: self.card(name).get("control") for name in self.generators(dataset)}
        return {name: role for name, role in roles.items() if role}

    @remembered
    def trained(self, dataset: str) -> list[str]:
        """Generators with a training history, and so with a memory to be tested."""
        return [n for n in self.generators(dataset) if self.card(n).get("trained", True)]

    @remembered
    def examined(self, dataset: str) -> list[str]:
        """Generators that say something of held-out truth themselves, such as its likelihood."""
        cards = {name: self.card(name) for name in self.generators(dataset)}
        return [n for n, card in cards.items() if card.get("likelihood") or card.get("numbers")]

    def base_of(self, sample: str) -> str | None:
        """The generator that another one builds on."""
        return self._entry(sample).get("builds_on")

    def dataset_of(self, sample: str) -> str:
        """The dataset that an external sample is of."""
        return self.config["samples"][sample].get("dataset", self.datasets[0])

    def simulated(self, dataset: str) -> dict[str, Any] | None:
        """The `simulate` entry of a dataset, if its truth is simulated here."""
        source = self.config["datasets"][dataset]["source"]
        return source["simulate"] if isinstance(source, dict) else None

    def source(self, dataset: str) -> Path:
        """The truth's shower file."""
        source = self.config["datasets"][dataset]["source"]
        if self.simulated(dataset):
            return Path("results") / self.name / "simulated" / f"{dataset}.hdf5"
        return BUNDLED / f"{dataset}.hdf5" if source == "bundled" else Path(source)

    def judged_by(self, reference: str) -> str:
        """The part of the truth that a reference means."""
        return "training" if reference == "memorisation" else self.config["evaluate"]

    # What each stage uses

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
            "geometry": self.geometry(dataset),
            "final": entry["final"],
            "generator": entry["generator"],
            "classifier": entry["classifier"],
        }

    @remembered
    def train(self, dataset: str, sample: str) -> Slice:
        return {
            "dataset": dataset,
            "sample": sample,
            "geometry": self.geometry(dataset),
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
            "geometry": self.geometry(dataset),
            "showers": self.n_showers(dataset),
            "seed": self.config["seed"],
        }

    def classify(
        self, reference: str, dataset: str, sample: str, test: str, features: str, block: str
    ) -> Slice:
        return {
            "reference": reference,
            "dataset": dataset,
            "sample": sample,
            "geometry": self.geometry(dataset),
            "test": test,
            **_plugin_and_card("classifiers", test, self.config["classifiers"][test]),
            "features": features,
            "fraction": REFERENCES[reference],
            "block": int(block),
            "repeats": self.config["repeats"]["size"],
            "seed": self.config["seed"],
        }

    def weigh(self, reference: str, dataset: str, sample: str) -> Slice:
        return {
            "reference": reference,
            "dataset": dataset,
            "sample": sample,
            "tests": [list(pair) for pair in self.pairs_of_tests(reference)],
            "blocks": len(self.blocks),
            "seed": self.config["seed"],
        }

    def metric(self, dataset: str, sample: str, metric: str) -> Slice:
        entry = self.config["metrics"][metric]
        return {
            "dataset": dataset,
            "sample": sample,
            "geometry": self.geometry(dataset),
            "others": self.others(dataset, sample),
            "seed": self.config["seed"],
            "metric": {"plugin": plugin("metrics", metric, entry), **_options(entry)},
        }

    def compare(self, dataset: str) -> Slice:
        return {
            "dataset": dataset,
            "pairs": self.pairs(dataset),
            "tests": [list(pair) for pair in self.pairs_of_tests("weights")],
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
        return {
            "dataset": dataset,
            "geometry": self.geometry(dataset),
            "figure": {"plugin": plugin("figures", figure, entry), **_options(entry)},
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
            simulation = simulation_slice(entry, self.geometry(dataset))
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

    # What rules need besides

    def resources(self, stage: str, **wildcards: str) -> dict[str, int]:
        """gpu, mem_mb and runtime (minutes) of the card in use; no part of any slice."""
        chosen = self._card_in_use(stage, **wildcards).get("resources", {})
        return {"gpu": 0, "mem_mb": 2000, "runtime": 30} | chosen

    def threads(self, stage: str, **wildcards: str) -> int:
        """torch threads of the card in use; part of its slice, as they change the last digits."""
        return int(self._card_in_use(stage, **wildcards).get("threads", 1))

    def pairs_of_tests(self, reference: str) -> list[tuple[str, str]]:
        """(test, features) that are run against a reference."""
        if reference != "weights":
            entry = self.config["memorisation" if reference == "memorisation" else "training_size"]
            return [(entry["test"], features) for features in entry["features"]]
        return [(test, features) for test in self.tests for features in self.features]

    def others(self, dataset: str, sample: str) -> list[str]:
        """References besides the test itself that a sample is tested against."""
        memory = ["memorisation"] if sample in self.trained(dataset) else []
        curve = sample in self.config["training_size"]["samples"]
        return memory + (["half", "quarter"] if curve else [])

    def pairs(self, dataset: str) -> list[list[str]]:
        """Samples to be compared with each other on the same truth."""
        samples = self.samples(dataset)
        return [pair for pair in self.config["pairs"] if set(pair) <= set(samples)]

    def shown(self, dataset: str, figure: str) -> list[str]:
        """Samples that a figure shows, in its order."""
        samples = self.samples(dataset)
        entry = self.config["figures"][figure]
        chosen = entry.get("samples", samples)
        return [x for x in chosen if x in samples and x not in entry.get("exclude", [])]

    def scanned(self, dataset: str, figure: str) -> list[str]:
        """Samples whose scans a figure wants."""
        wanted = "scans" in self._inputs(figure)
        return self._shown_and_trained(dataset, figure) if wanted else []

    def rows_of(self, dataset: str, figure: str) -> dict[str, list[str]]:
        """Samples and metrics whose numbers a figure wants."""
        if "metrics" not in self._inputs(figure):
            return {"metrics": [], "examined": []}
        shown = self.shown(dataset, figure)
        return {"metrics": shown, "examined": [n for n in shown if n in self.examined(dataset)]}

    def figure_module(self, figure: str) -> str:
        """Name of the module that draws a figure."""
        name = plugin("figures", figure, self.config["figures"][figure])
        return Path(name).stem if name.endswith(".py") else name.rpartition(".")[2]

    def external(self, sample: str) -> Path:
        """The file of an external sample, checked."""
        path = self._external(sample)
        geometry = Geometry.from_config(self.geometry(self.dataset_of(sample)))
        self.checks.showers(path, geometry)
        return path

    @remembered
    def card(self, sample: str) -> dict[str, Any]:
        """Hyper-parameters of a generator."""
        return card("generators", sample, self._entry(sample))

    @remembered
    def model(self, sample: str) -> Slice:
        """A generator's module and card, its recipe resolved."""
        entry = self._entry(sample)
        slice_ = _plugin_and_card("generators", sample, entry)
        if "preprocessing" in entry:
            slice_["card"]["preprocessing"] = self._recipe(entry["preprocessing"])
        if "builds_on" in entry:
            slice_["card"]["base"] = self.model(entry["builds_on"])
        return slice_

    def n_showers(self, dataset: str) -> int:
        """As many as the truth that judges them."""
        return self.config["datasets"][dataset][self.config["evaluate"]]

    def shards(self, dataset: str) -> list[range]:
        """Rows of a sample that each sampling job makes."""
        n_showers, size = self.n_showers(dataset), self.config["shard"]
        return [range(i, min(i + size, n_showers)) for i in range(0, n_showers, size)]

    @remembered
    def geometry(self, dataset: str) -> dict[str, Any]:
        """Content of a dataset's geometry file."""
        return geometry_config(self.config["datasets"][dataset]["geometry"])

    # Inside

    def _card_in_use(self, stage: str, **wildcards: str) -> dict[str, Any]:
        if stage == "classify":
            test = wildcards["test"]
            return card("classifiers", test, self.config["classifiers"][test])
        return self.card(wildcards["sample"])

    def _inputs(self, figure: str) -> list[str]:
        return self.config["figures"][figure].get("inputs", [])

    def _shown_and_trained(self, dataset: str, figure: str) -> list[str]:
        return [n for n in self.shown(dataset, figure) if n in self.trained(dataset)]

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

    def _entry(self, name: str) -> dict[str, Any]:
        if name == TRUTH:
            return {"model": "independent"}
        return self.config["generators"][name]

    def _recipe(self, recipe: str | list[Any]) -> list[dict[str, Any]]:
        steps = self.config["preprocessing"][recipe] if isinstance(recipe, str) else recipe
        resolved = []
        for step in steps:
            ((name, options),) = ({step: {}} if isinstance(step, str) else step).items()
            resolved.append(
                {"plugin": plugin("preprocessing", name, options), **_options(options)}
            )
        return resolved

    @remembered
    def _tables_here(self) -> str | None:
        return tables_here()

    @remembered
    def _fingerprint(self, *modules: str) -> str:
        return self.code_tables.keep(self.sources.table(modules))

    def _recorded(self) -> dict[str, Any]:
        """What the provenance tells of the config: all that can change a number."""
        config = {k: v for k, v in self.config.items() if k not in ("figures", "style")}
        return config | {
            kind: {name: _without_resources(entry) for name, entry in config[kind].items()}
            for kind in ("generators", "classifiers")
        }

    def _in_order(self, kind: str, names: Iterable[str]) -> list[str]:
        """Truth, then names as `style.order` lists them, then the others by the alphabet."""
        order = [TRUTH, *self.config["style"].get("order", {}).get(kind, [])]
        place = {name: i for i, name in reversed(list(enumerate(order)))}
        return sorted(set(names), key=lambda name: (place.get(name, len(order)), name))

    @remembered
    def _style(self) -> dict[str, dict[str, str]]:
        """Labels and a colour for every sample, the same in all figures."""
        names = {name for dataset in self.datasets for name in self.samples(dataset)}
        controls = [name for dataset in self.datasets for name in self.controls(dataset)]
        style = self.config["style"]
        names = self._in_order("samples", names)
        return {
            "labels": style.get("labels", {}),
            "colours": {**colours(names, controls), **style.get("colours", {})},
            "lines": line_styles(names, controls),
        }

    def _style_of(self, shown: list[str]) -> dict[str, dict[str, str]]:
        """The style without what only samples have that are not shown."""
        others = set(self._style()["colours"]) - set(shown)
        return {
            part: {name: look for name, look in looks.items() if name not in others}
            for part, looks in self._style().items()
        }


def _plugin_and_card(kind: str, name: str, entry: dict[str, Any]) -> Slice:
    chosen = deepcopy(card(kind, name, entry))
    chosen.pop("resources", None)
    return {"plugin": plugin(kind, name, entry), "card": chosen}


def _without_resources(entry: dict[str, Any]) -> dict[str, Any]:
    override = {k: v for k, v in entry.get("override", {}).items() if k != "resources"}
    rest = {k: v for k, v in entry.items() if k != "override"}
    return rest | ({"override": override} if override else {})


def _options(entry: dict[str, Any]) -> dict[str, Any]:
    own = ("module", "file", "title", "samples", "exclude", "inputs")
    return {key: value for key, value in entry.items() if key not in own}
