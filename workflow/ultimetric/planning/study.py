"""The config of a study, cut into exactly what each stage uses."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from ultimetric.data.geometry import Geometry, geometry_config
from ultimetric.errors import UserError
from ultimetric.figures.palette import colours
from ultimetric.planning.cards import card, plugin
from ultimetric.planning.checks import Checks
from ultimetric.planning.fingerprint import fingerprint, plugins_in

WORKFLOW = Path(__file__).parents[2]
SCHEMA = WORKFLOW / "schemas" / "config.schema.yaml"
BUNDLED = WORKFLOW / "resources" / "showers"
TRUTH = "truth"  # the sample that is independent truth: the floor
# What a sample can be tested against, and with which share of the training showers: `weights` is
# the test itself.
REFERENCES = {"weights": 1.0, "memorisation": 1.0, "half": 0.5, "quarter": 0.25}
OPTIONAL = ("preprocessing", "generators", "samples", "pairs", "style")
Slice = dict[str, Any]


def canonical(cfg: Slice) -> str:
    """JSON that is equal exactly if two slices are."""
    return json.dumps(cfg, sort_keys=True, separators=(",", ":"))


class Study:
    """A validated config; each method named after a stage returns that stage's slice.

    Arguments:
        config: as read from YAML; entries that are null are dropped, together with their names in
            pairs and figures.
        cache: file that remembers the verdict on data files.

    Raises:
        UserError: one sentence on what is wrong with the config or with a file it names.
    """

    def __init__(self, config: dict[str, Any], cache: Path) -> None:
        self.removed = {
            name
            for kind in ("generators", "samples")
            for name, entry in (config.get(kind) or {}).items()
            if entry is None
        }
        self.config = _EMPTY | _without_nulls(config)
        self.checks = Checks(cache)
        self._validate()
        self.name: str = self.config["study"]
        self.datasets = list(self.config["datasets"])
        self.features: list[str] = self.config["features"]
        self.tests: list[str] = list(self.config["classifiers"])
        self.blocks = range(self.config["repeats"]["blocks"])
        self.metrics = list(self.config["metrics"])
        self.figures = list(self.config["figures"])
        self._check_references()

    # What there is

    def generators(self, dataset: str) -> list[str]:
        """Generators of a dataset, the independent truth among them."""
        chosen = (
            name
            for name, entry in self.config["generators"].items()
            if dataset in entry.get("datasets", self.datasets)
        )
        return [TRUTH, *chosen]

    def externals(self, dataset: str) -> list[str]:
        """Samples of a dataset that come as a file."""
        return [
            name
            for name, entry in self.config["samples"].items()
            if entry.get("dataset", self.datasets[0]) == dataset
        ]

    def samples(self, dataset: str) -> list[str]:
        """Everything that is judged against the truth of a dataset."""
        return self.generators(dataset) + self.externals(dataset)

    def controls(self, dataset: str) -> dict[str, str]:
        """Samples that test the classifier, not a model: name to role (floor, power control)."""
        roles = {
            name: card("generators", name, self._entry(name)).get("control")
            for name in self.generators(dataset)
        }
        return {name: role for name, role in roles.items() if role}

    def trained(self, dataset: str) -> list[str]:
        """Generators with a training history, and so with a memory to be tested."""
        names = self.generators(dataset)
        return [n for n in names if card("generators", n, self._entry(n)).get("trained", True)]

    def source(self, dataset: str) -> Path:
        """The truth's shower file."""
        source = self.config["datasets"][dataset]["source"]
        return BUNDLED / f"{dataset}.hdf5" if source == "bundled" else Path(source)

    def judged_by(self, reference: str) -> str:
        """The part of the truth that a reference means."""
        return "training" if reference == "memorisation" else self.config["evaluate"]

    # What each stage uses

    def preprocess(self, dataset: str) -> Slice:
        entry = self.config["datasets"][dataset]
        return {
            "dataset": dataset,
            "sha256": self.checks.sha256(self.source(dataset)),
            "geometry": self._geometry(dataset),
            "final": entry["final"],
            "generator": entry["generator"],
            "classifier": entry["classifier"],
        }

    def train(self, dataset: str, sample: str) -> Slice:
        return {
            "dataset": dataset,
            "sample": sample,
            "geometry": self._geometry(dataset),
            "truth": self.preprocess(dataset),
            "seed": self.config["seed"],
            **self._model(sample),
        }

    def sample(self, dataset: str, sample: str) -> Slice:
        return {**self.train(dataset, sample), "showers": self._n_showers(dataset)}

    def ingest(self, dataset: str, sample: str) -> Slice:
        return {
            "dataset": dataset,
            "sample": sample,
            "sha256": self.checks.sha256(self._external(sample)),
            "geometry": self._geometry(dataset),
            "showers": self._n_showers(dataset),
            "seed": self.config["seed"],
        }

    def classify(
        self, reference: str, dataset: str, sample: str, test: str, features: str, block: str
    ) -> Slice:
        return {
            "reference": reference,
            "dataset": dataset,
            "sample": sample,
            "geometry": self._geometry(dataset),
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
            "geometry": self._geometry(dataset),
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
            "config": {k: v for k, v in self.config.items() if k not in ("figures", "style")},
            "sha256": {name: self.checks.sha256(self.source(name)) for name in self.datasets}
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
            "geometry": self._geometry(dataset),
            "figure": {"plugin": plugin("figures", figure, entry), **_options(entry)},
            "samples": self.shown(dataset, figure),
            "controls": [n for n in self.shown(dataset, figure) if n in self.controls(dataset)],
            "histories": [n for n in self.shown(dataset, figure) if n in self.trained(dataset)],
            "style": self._style(),
        }

    def report(self) -> Slice:
        return {
            "study": self.name,
            "style": self._style(),
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

    def code(self, stage: str, cfg: Slice) -> str:
        """Fingerprint of all code that a stage runs with a slice."""
        return fingerprint([f"ultimetric.stages.{stage}", *plugins_in(cfg)])

    # What rules need besides

    def resources(self, stage: str, **wildcards: str) -> dict[str, int]:
        """gpu, mem_mb and runtime (minutes) of the card in use; no part of any slice."""
        if stage == "classify":
            test = wildcards["test"]
            chosen = card("classifiers", test, self.config["classifiers"][test])
        else:
            name = wildcards["sample"]
            chosen = card("generators", name, self._entry(name))
        return {"gpu": 0, "mem_mb": 2000, "runtime": 30} | chosen.get("resources", {})

    def threads(self, stage: str, **wildcards: str) -> int:
        """torch threads of the card in use."""
        cfg = getattr(self, stage)(**wildcards)
        return int(cfg["card"].get("threads", 1))

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

    def figure_module(self, figure: str) -> str:
        """Name of the module that draws a figure."""
        name = plugin("figures", figure, self.config["figures"][figure])
        return Path(name).stem if name.endswith(".py") else name.rpartition(".")[2]

    def external(self, sample: str) -> Path:
        """The file of an external sample, checked."""
        dataset = self.config["samples"][sample].get("dataset", self.datasets[0])
        path = self._external(sample)
        self.checks.showers(path, Geometry.from_config(self._geometry(dataset)))
        return path

    # Inside

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

    def _model(self, sample: str) -> Slice:
        entry = self._entry(sample)
        slice_ = _plugin_and_card("generators", sample, entry)
        if "preprocessing" in entry:
            slice_["card"]["preprocessing"] = self._recipe(entry["preprocessing"])
        return slice_

    def _recipe(self, recipe: str | list[Any]) -> list[dict[str, Any]]:
        steps = self.config["preprocessing"][recipe] if isinstance(recipe, str) else recipe
        resolved = []
        for step in steps:
            ((name, options),) = ({step: {}} if isinstance(step, str) else step).items()
            resolved.append(
                {"plugin": plugin("preprocessing", name, options), **_options(options)}
            )
        return resolved

    def _n_showers(self, dataset: str) -> int:
        """As many as the truth that judges them."""
        return self.config["datasets"][dataset][self.config["evaluate"]]

    def _geometry(self, dataset: str) -> dict[str, Any]:
        return geometry_config(self.config["datasets"][dataset]["geometry"])

    def _style(self) -> dict[str, dict[str, str]]:
        """Labels and a colour for every sample, the same in all figures."""
        names = [name for dataset in self.datasets for name in self.samples(dataset)]
        controls = [name for dataset in self.datasets for name in self.controls(dataset)]
        style = self.config["style"]
        chosen = colours(dict.fromkeys(names), controls)
        return {
            "labels": style.get("labels", {}),
            "colours": {**chosen, **style.get("colours", {})},
        }

    def _validate(self) -> None:
        schema = yaml.safe_load(SCHEMA.read_text())
        error = best_match(Draft202012Validator(schema).iter_errors(self.config))
        if error:
            place = ".".join(str(part) for part in error.absolute_path) or "top level"
            raise UserError(f"config, {place}: {error.message}")

    def _check_references(self) -> None:
        """Every name that the config uses exists, every file fits."""
        both = set(self.config["generators"]) & set(self.config["samples"])
        for name in both | ({TRUTH} & {*self.config["generators"], *self.config["samples"]}):
            raise UserError(f"config: the sample name {name!r} is used twice")
        for name, entry in self.config["generators"].items():
            recipe = entry.get("preprocessing")
            if isinstance(recipe, str) and recipe not in self.config["preprocessing"]:
                raise UserError(f"config, generators.{name}: no preprocessing {recipe!r}")
            for dataset in entry.get("datasets", []):
                self._known(dataset, self.datasets, f"generators.{name}")
            self._model(name)
        for name, entry in self.config["samples"].items():
            self._known(entry.get("dataset", self.datasets[0]), self.datasets, f"samples.{name}")
            self.external(name)
        samples = [name for dataset in self.datasets for name in self.samples(dataset)]
        samples += self.removed
        for name in (x for pair in self.config["pairs"] for x in pair):
            self._known(name, samples, "pairs")
        for figure, entry in self.config["figures"].items():
            plugin("figures", figure, entry)
            for name in entry.get("samples", []) + entry.get("exclude", []):
                self._known(name, samples, f"figures.{figure}")
            self._check_tests(entry, f"figures.{figure}")
        for part in ("memorisation", "training_size"):
            self._check_tests(self.config[part], part)
        for name in self.config["training_size"]["samples"]:
            self._known(name, samples, "training_size")
        for metric, entry in self.config["metrics"].items():
            plugin("metrics", metric, entry)
        for dataset in self.datasets:
            geometry = Geometry.from_config(self._geometry(dataset))
            n_showers = self.checks.showers(self.source(dataset), geometry)
            entry = self.config["datasets"][dataset]
            parts = [entry[part] for part in ("final", "generator", "classifier")]
            if sum(parts) > n_showers:
                raise UserError(
                    f"config, datasets.{dataset}: {' + '.join(map(str, parts))} showers are asked "
                    f"for, {self.source(dataset)} has {n_showers}"
                )
            if self._n_showers(dataset) > entry["generator"]:
                raise UserError(
                    f"config, datasets.{dataset}: the floor takes its showers from the generator "
                    f"part, {entry['generator']}, fewer than the {self._n_showers(dataset)} that "
                    "judge"
                )

    def _check_tests(self, entry: dict[str, Any], place: str) -> None:
        """The classifiers and inputs that an entry names are part of the study."""
        self._known(entry.get("test", self.tests[0]), self.tests, place)
        chosen = entry.get("features", [])
        for features in [chosen] if isinstance(chosen, str) else chosen:
            self._known(features, self.features, place)

    def _known(self, name: str, names: list[str], place: str) -> None:
        if name not in names:
            raise UserError(f"config, {place}: {name!r} is not one of {', '.join(names)}")


def _plugin_and_card(kind: str, name: str, entry: dict[str, Any]) -> Slice:
    chosen = deepcopy(card(kind, name, entry))
    chosen.pop("resources", None)
    return {"plugin": plugin(kind, name, entry), "card": chosen}


def _options(entry: dict[str, Any]) -> dict[str, Any]:
    own = ("module", "file", "title", "samples", "exclude")
    return {key: value for key, value in entry.items() if key not in own}


_EMPTY: dict[str, Any] = {name: {} for name in OPTIONAL} | {"pairs": []}


def _without_nulls(config: Any) -> Any:
    """Drop entries that a later config file set to null."""
    if isinstance(config, dict):
        return {k: _without_nulls(v) for k, v in config.items() if v is not None}
    return config
