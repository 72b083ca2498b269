"""What a change sets to run again: exactly the jobs that it can change, each for a stated reason.

A small study is built once. Each case changes one thing in it, compares the planned jobs with the
expected ones, and takes the change back. A second test removes the mechanism that a case relies on
and sees the case fail.
"""

from __future__ import annotations

import json
import re
import shutil
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from showers import write_showers
from workspace import CONFIG, Planner, Workspace, build, write_study

from ultimetric.kinds.showers.geant4.tables import tables_name
from ultimetric.kinds.showers.kind import Showers

pytestmark = pytest.mark.workflow

PACKAGE = "workflow/ultimetric"
Job = tuple[str, ...]

FLOWS = ("caloflow", "caloinn")
SAMPLES = {"eplus": ("truth", *FLOWS, "nearest", "upon", "mine"), "gamma": ("truth",)}
EXAMINED = (*FLOWS, "zflow")  # those with a likelihood
BASES = {"upon": "caloinn"}
FILES = ("mine", "friends")  # samples that come as a file
UNTRAINED = ("truth", *FILES)


@dataclass
class Graph:
    """The jobs of the study of workspace.py, and which of them reads which."""

    samples: dict[str, tuple[str, ...]] = field(default_factory=lambda: SAMPLES)
    blocks: tuple[str, ...] = ("0",)
    judges: str = "classifier"  # the part of the truth

    def after(self, *roots: Job) -> set[Job]:
        """Jobs and all that follow from them."""
        found, todo = set(), list(roots)
        jobs = self.jobs()
        while todo:
            job = todo.pop()
            assert job in jobs, job
            if job not in found:
                found.add(job)
                todo += [other for other in jobs if job in self.reads(other)]
        return found

    def jobs(self, *rules: str) -> set[Job]:
        """All jobs, or those of some rules."""
        found: set[Job] = {("aggregate",), ("report",)}
        for data, samples in self.samples.items():
            found |= {(rule, data) for rule in ("preprocess", "regress")}
            parts = {self.part(x) for name in samples for x in self.references(name)}
            found |= {("observe", data, x) for x in (*samples, *parts)}
            found |= {("compare", data)} if set(FLOWS) <= set(samples) else set()
            found |= {("figure", data, name) for name in ("roc", "losses")}
            for name in samples:
                found |= {("metric", data, name, x) for x in ("classifier", "separation")}
                found |= {("ingest", data, name)} if name in FILES else set()
                found |= {(x, data, name) for x in ("train", "sample") if name not in FILES}
                found |= {("examine", data, name)} if name in EXAMINED else set()
                found |= {("scan", data, name)} if name in FLOWS else set()
                found |= {("find", data, name)}
                found |= {("weigh", x, data, name) for x in self.references(name)}
                found |= {
                    ("classify", reference, data, name, test, "high_level", block)
                    for reference in self.references(name)
                    for test in (("dnn", "means") if reference == "weights" else ("dnn",))
                    for block in self.blocks
                }
        return {job for job in found if not rules or job[0] in rules}

    def reads(self, job: Job) -> set[Job]:
        """Jobs whose outputs a job reads."""
        match job:
            case ("train", data, name) if name in BASES:
                return {("preprocess", data), ("train", data, BASES[name])}
            case ("train", data, _):
                return {("preprocess", data)}
            case ("sample" | "scan", data, name):
                return {("train", data, name)}
            case ("examine", data, name):
                return {("train", data, name), ("preprocess", data)}
            case ("observe", data, name) if name in self.samples[data]:
                return {self.made(data, name)}
            case ("observe", data, _):
                return {("preprocess", data)}
            case ("classify", reference, data, name, *_):
                read = {("preprocess", data), self.made(data, name)}
                return read | self.observed(data, name, reference)
            case ("weigh", reference, data, name):
                return {x for x in self.jobs("classify") if x[1:4] == (reference, data, name)}
            case ("metric", data, name, _):
                weights = {("weigh", x, data, name) for x in self.references(name)}
                read = {("preprocess", data), self.made(data, name)} | weights
                return read | self.observed(data, name)
            case ("find", data, name):
                weights = {("weigh", "weights", data, name)}
                read = {("preprocess", data), self.made(data, name)} | weights
                return read | self.observed(data, name)
            case ("compare", data):
                return self.compared(data, FLOWS)
            case ("regress", data):
                return {("preprocess", data), *(self.made(data, x) for x in self.samples[data])}
            case ("figure", data, "roc"):
                return {("preprocess", data)} | self.shown(data, self.samples[data])
            case ("figure", data, "losses"):
                rules = ("train", "scan") if data == "eplus" else ()
                trained = {(rule, data, name) for rule in rules for name in FLOWS}
                read = {("preprocess", data), ("regress", data)} | trained
                return read | self.shown(data, FLOWS)
            case ("aggregate",):
                rules = ("metric", "compare", "find", "regress", "train", "sample", "examine")
                return self.jobs(*rules)
            case ("report",):
                return self.jobs("figure", "aggregate")
        return set()

    def made(self, data: str, name: str) -> Job:
        return ("ingest" if name in FILES else "sample", data, name)

    def references(self, name: str) -> tuple[str, ...]:
        return ("weights",) if name in UNTRAINED else ("weights", "memorisation")

    def part(self, reference: str) -> str:
        """The part of the truth that a reference means."""
        return "training" if reference == "memorisation" else self.judges

    def observed(self, data: str, name: str, reference: str = "weights") -> set[Job]:
        """The observables of a sample and of what it is compared with."""
        return {("observe", data, name), ("observe", data, self.part(reference))}

    def compared(self, data: str, names: tuple[str, ...]) -> set[Job]:
        """The samples of a dataset among names, and their weights."""
        here = [name for name in names if name in self.samples[data]]
        weights = {("weigh", "weights", data, name) for name in here}
        return weights | {self.made(data, name) for name in here}

    def shown(self, data: str, names: tuple[str, ...]) -> set[Job]:
        """These, and the observables of truth and samples."""
        here = [name for name in names if name in self.samples[data]]
        read = {("observe", data, x) for x in (*here, self.part("weights"))}
        return read | self.compared(data, names)


GRAPH = Graph()
ROC: Job = ("figure", "eplus", "roc")
LOSSES: Job = ("figure", "eplus", "losses")
END: set[Job] = {("aggregate",), ("report",)}


def trained(*names: str) -> set[Job]:
    """Generators and all that follows from them."""
    return GRAPH.after(*(("train", "eplus", name) for name in names))


def scored_by(test: str) -> set[Job]:
    """A classifier's jobs and all that follows from them."""
    return GRAPH.after(*(job for job in GRAPH.jobs("classify") if job[4] == test))


# What makes a case come out as it does; each is taken away in turn.


@dataclass(frozen=True)
class Mechanism:
    """Something that planning relies on.

    Arguments:
        file, old, new: the text that takes it away in place of the old one.
        arguments: of Snakemake that take it away.
    """

    file: str = ""
    old: str = ""
    new: str = ""
    arguments: tuple[str, ...] = ()


COMMON = "workflow/rules/common.smk"
STUDY = f"{PACKAGE}/planning/study.py"
CARDS = f"{PACKAGE}/planning/cards.py"
CHECKS = f"{PACKAGE}/planning/checks.py"
FINGERPRINT = f"{PACKAGE}/planning/fingerprint.py"
MECHANISMS = {
    # Snakemake does not compare a param whose function also takes `output`.
    "cfg": Mechanism(COMMON, "def tracked(wildcards):", "def tracked(wildcards, output):"),
    "code": Mechanism(
        COMMON, "lambda wildcards: study.code", "lambda wildcards, output: study.code"
    ),
    "triggers": Mechanism(arguments=("--rerun-triggers", "mtime", "code")),
    "paths apart": Mechanism(
        COMMON,
        "return lambda wildcards, output: path(wildcards)",
        "return lambda wildcards: str(path(wildcards))",
    ),
    "checksums": Mechanism(arguments=("--max-checksum-file-size", "0")),
    "time of change": Mechanism(CHECKS, ":{stat.st_ctime_ns}", ""),
    "the card in use": Mechanism(
        CARDS, "_merged(cards.get(chosen, {})", '_merged({**cards.get(chosen, {}), "all": cards}'
    ),
    "resources apart": Mechanism(CARDS, 'chosen.pop("resources", None)', "pass"),
    "overrides apart": Mechanism(STUDY, '.items() if k != "resources"}', ".items()}"),
    "sorted keys": Mechanism(STUDY, "sort_keys=True, ", ""),
    "order by name": Mechanism(
        f"{PACKAGE}/planning/catalogue.py",
        "return sorted(set(names), key=place)",
        "return list(names)",
    ),
    "looks of those shown": Mechanism(
        STUDY,
        "self._style_of(dataset, self.shown(dataset, figure))",
        '{"labels": self.labels(dataset), **self._style()}',
    ),
    "one block": Mechanism(
        f"{PACKAGE}/planning/slices_of_classifiers.py",
        'REFERENCES[reference],\n            "block": int(block)',
        'REFERENCES[reference],\n            "block": self.config["repeats"]',
    ),
    "modules in use": Mechanism(
        STUDY, "set(plugins_in(cfg))", '{*plugins_in(cfg), "ultimetric.generators.baseline"}'
    ),
    "planning apart": Mechanism(FINGERPRINT, '"planning", "locks"', '"locks"'),
    "looks of the terminal apart": Mechanism(FINGERPRINT, ' "progress",', ""),
    "syntax trees": Mechanism(FINGERPRINT, "ast.dump(tree).encode()", "module.path.read_bytes()"),
    "major and minor": Mechanism(
        FINGERPRINT,
        'metadata.version(distribution).split(".")[:2]',
        "metadata.version(distribution)",
    ),
}


# The table


@dataclass(frozen=True)
class Case:
    """A change and what it must set to run.

    Arguments:
        change: made to the workspace.
        planned: exactly these jobs.
        without: what the case relies on, a key of MECHANISMS; None for Snakemake alone.
        why: a cause that is stated, and for which job.
    """

    change: Callable[[Workspace], Any]
    planned: set[Job]
    without: str | None
    why: tuple[Job, str] | None = None


OCCUPIED = '''
"""An observable outside the package: how many voxels hold anything."""

import numpy as np

from ultimetric.kinds.observables import Observable


class Occupied(Observable):
    name = "occupied"
    label = "occupied voxels"
    edges = np.linspace(0, 60, 31)

    def values(self, events):
        return (events.data > 0).sum(1).astype(np.float64)
'''


def in_file(name: str, old: str, new: str) -> Callable[[Workspace], None]:
    return lambda space: space.edit(name, old, new)


def in_config(change: Callable[[dict[str, Any]], Any]) -> Callable[[Workspace], None]:
    return lambda space: space.configure(change)


def set_in_config(place: str, value: Any) -> Callable[[Workspace], None]:
    def change(config: dict[str, Any]) -> None:
        *path, last = place.split(".")
        for key in path:
            config = config.setdefault(key, {})
        config[last] = value

    return in_config(change)


def arguments(*added: str) -> Callable[[Workspace], None]:
    return lambda space: setattr(space, "arguments", [*space.arguments, *added])


def reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(value)}
    return [reversed_keys(x) for x in value] if isinstance(value, list) else value


def swap_steps(config: dict[str, Any]) -> None:
    recipe = config["preprocessing"]["noise_before"]
    first, second = recipe.index("threshold"), recipe.index("mirror")
    recipe[first], recipe[second] = recipe[second], recipe[first]


def comment_everything(space: Workspace) -> None:
    """Comments, docstrings and blank lines in every module, plug-in, card and config."""
    for folder in (PACKAGE, "plugins"):
        for path in (space.folder / folder).rglob("*.py"):
            name = str(path.relative_to(space.folder))
            space.rewrite(
                name, lambda text: "# No change.\n\n" + text.replace('"""', '"""As is. ', 1)
            )
    for path in [*(space.folder / PACKAGE).rglob("*.yaml"), space.folder / "geometry.yaml"]:
        space.rewrite(str(path.relative_to(space.folder)), lambda text: f"# No change.\n\n{text}")
    space.rewrite(CONFIG, lambda text: f"# No change.\n{text}")


def replace_data(space: Workspace, name: str) -> None:
    """Another content of equal size and modification time."""
    path = space.folder / name
    content = path.read_bytes()
    assert content.count(b"as it was") == 1
    space.replace(name, content.replace(b"as it was", b"otherwise"), keep_time=True)


def rename(old: str, new: str, place: str) -> Callable[[Workspace], None]:
    """Another name for a file that a place in the config names."""

    def change(space: Workspace) -> None:
        space.replace(new, (space.folder / old).read_bytes())
        space.delete(old)
        set_in_config(place, new)(space)

    return change


def remove(name: str) -> Callable[[Workspace], None]:
    return in_config(lambda config: config["generators"].pop(name) and None)


def add_sample(space: Workspace) -> None:
    content = (space.folder / "data" / "mine.hdf5").read_bytes()
    space.replace("data/friends.hdf5", content)
    set_in_config("samples.friends", {"file": "data/friends.hdf5", "dataset": "eplus"})(space)


def add_observable(space: Workspace) -> None:
    space.replace("plugins/occupied.py", OCCUPIED.encode())
    own = {"occupied": {"file": "plugins/occupied.py"}}
    set_in_config("datasets.eplus.observables", own)(space)


def version(package: str, major: int, minor: int, patch: int = 0) -> Callable[[Workspace], None]:
    """Another version, so much higher."""
    now = [int(x) for x in metadata.version(package).split("+")[0].split(".")[:2]]
    new = f"{now[0] + major}.{now[1] + minor}.{patch}"
    return lambda space: space.install(package, new)


def with_sample(name: str) -> Graph:
    return Graph({**SAMPLES, "eplus": (*SAMPLES["eplus"], name)})


ZFLOW = {"model": "caloinn", "card": "tiny", "preprocessing": "noise_after", "datasets": ["eplus"]}
TORCH = GRAPH.after(*GRAPH.jobs("train", "sample", "examine", "scan", "classify", "regress"))
TWO_BLOCKS = Graph(blocks=("0", "1"))
FINAL = Graph(judges="final")
TRAIN_CALOFLOW: Job = ("train", "eplus", "caloflow")
TRAIN_CALOINN: Job = ("train", "eplus", "caloinn")
WITHOUT_NEAREST = Graph({**SAMPLES, "eplus": ("truth", *FLOWS, "upon", "mine")})
CASES = {
    # Generators
    "a hyper-parameter of one generator": Case(
        set_in_config("generators.caloflow.override", {"train_shapes": {"lr": 2.0e-3}}),
        trained("caloflow"),
        "cfg",
        (TRAIN_CALOFLOW, "card.train_shapes.lr: 0.001 -> 0.002"),
    ),
    "the card in use": Case(
        in_file(f"{PACKAGE}/generators/caloinn.yaml", "{blocks: 2,", "{blocks: 3,"),
        trained("caloinn"),
        "cfg",
        (TRAIN_CALOINN, "card.flow.blocks: 2 -> 3"),
    ),
    "another card of the same file": Case(
        in_file(f"{PACKAGE}/generators/caloinn.yaml", "{blocks: 8,", "{blocks: 9,"),
        set(),
        "the card in use",
    ),
    "the choice of a card": Case(
        set_in_config("generators.caloflow.card", "cpu"), trained("caloflow"), "cfg"
    ),
    "two values of one type swapped": Case(
        in_file(
            f"{PACKAGE}/generators/caloflow.yaml",
            "train_shapes: {epochs: 1, batch: 100,",
            "train_shapes: {epochs: 100, batch: 1,",
        ),
        trained("caloflow"),
        "cfg",
        (TRAIN_CALOFLOW, "card.train_shapes.epochs: 1 -> 100"),
    ),
    "a whole number with a point": Case(
        set_in_config("generators.caloflow.override", {"train_shapes": {"epochs": 1.0}}),
        END,  # the provenance tells the whole config
        "cfg",
    ),
    "the module of one generator": Case(
        in_file(f"{PACKAGE}/generators/caloinn.py", "import torch\n", "import torch\n\nNEW = 1\n"),
        trained("caloinn"),
        "code",
        (TRAIN_CALOINN, "module ultimetric.generators.caloinn changed"),
    ),
    "a flow module that generators share": Case(
        lambda space: space.rewrite(
            f"{PACKAGE}/generators/flows/build.py", lambda x: f"{x}\nNEW = 1\n"
        ),
        trained(*FLOWS),
        "code",
        (TRAIN_CALOFLOW, "module ultimetric.generators.flows.build changed"),
    ),
    "a module of no use here": Case(
        lambda space: space.rewrite(
            f"{PACKAGE}/generators/baseline.py", lambda x: f"{x}\nNEW = 1\n"
        ),
        set(),
        "modules in use",
    ),
    "a module of planning": Case(
        lambda space: space.rewrite(
            f"{PACKAGE}/planning/environment.py", lambda x: f"{x}\nNEW = 1\n"
        ),
        set(),
        "planning apart",
    ),
    "the progress bar": Case(
        lambda space: space.rewrite(f"{PACKAGE}/progress.py", lambda x: f"{x}\nNEW = 1\n"),
        set(),
        "looks of the terminal apart",
    ),
    "a generator outside the repository": Case(
        in_file("plugins/nearest.py", "argmin(1)", "argmax(1)"),
        trained("nearest"),
        "code",
        (("train", "eplus", "nearest"), "module nearest changed"),
    ),
    "a module beside it": Case(
        in_file("plugins/scaling.py", "voxels * wanted", "2 * voxels * wanted"),
        trained("nearest"),
        "code",
        (("train", "eplus", "nearest"), "module scaling changed"),
    ),
    "what a generator builds on": Case(
        set_in_config("generators.upon.builds_on", "caloflow"),
        trained("upon"),
        None,  # Several: the new base may by chance be younger than what is built on it.
        (("train", "eplus", "upon"), "builds_on.sample: caloinn -> caloflow"),
    ),
    "a generator more": Case(
        set_in_config("generators.zflow", ZFLOW),
        with_sample("zflow").after(("train", "eplus", "zflow")),
        "looks of those shown",
        (("train", "eplus", "zflow"), "no output yet"),
    ),
    "a generator less": Case(
        remove("nearest"),
        WITHOUT_NEAREST.after(("aggregate",), ("regress", "eplus"), ROC),
        "triggers",
        (("aggregate",), "no longer an input: results/small/models/eplus/nearest/costs.csv"),
    ),
    # Preprocessing
    "the order of preprocessing": Case(
        in_config(swap_steps),
        trained("caloflow"),
        "cfg",
        (TRAIN_CALOFLOW, "card.preprocessing: threshold, mirror"),
    ),
    "the width of the noise": Case(
        lambda space: space.configure(
            lambda config: config["preprocessing"]["noise_after"][4]["noise"].update(width=5.0e-7)
        ),
        trained("caloinn"),
        "cfg",
        (TRAIN_CALOINN, "card.preprocessing.noise.width: 1e-06 -> 5e-07"),
    ),
    "a recipe of no use here": Case(
        in_config(
            lambda config: config["preprocessing"]["noise_before_subtracted"].pop() and None
        ),
        GRAPH.after(("aggregate",)),  # the provenance tells the whole config
        "cfg",
    ),
    "a step's module": Case(
        lambda space: space.rewrite(
            f"{PACKAGE}/preprocessing/logit.py", lambda x: f"{x}\nNEW = 1\n"
        ),
        trained(*FLOWS),
        "code",
        (TRAIN_CALOINN, "module ultimetric.preprocessing.logit changed"),
    ),
    # Data
    "a sample of somebody's more": Case(
        add_sample,
        with_sample("friends").after(("ingest", "eplus", "friends")),
        "looks of those shown",
    ),
    "other content of a data file": Case(
        lambda space: replace_data(space, "data/gamma.hdf5"),
        GRAPH.after(("preprocess", "gamma")),
        "cfg",
        (("preprocess", "gamma"), "sha256: "),
    ),
    "other content of a sample": Case(
        lambda space: replace_data(space, "data/mine.hdf5"),
        GRAPH.after(("ingest", "eplus", "mine")),
        "time of change",
    ),
    "a data file of another name": Case(
        rename("data/gamma.hdf5", "data/other.hdf5", "datasets.gamma.source"),
        END,  # the provenance tells the whole config
        "paths apart",
    ),
    "a sample's file of another name": Case(
        rename("data/mine.hdf5", "data/other.hdf5", "samples.mine.file"), END, "paths apart"
    ),
    "a geometry file": Case(
        in_file("geometry.yaml", "name: calogan_coarse", "name: mine"),
        GRAPH.after(("preprocess", "gamma")),
        "cfg",
        (("preprocess", "gamma"), "geometry.name: calogan_coarse -> mine"),
    ),
    "the truth that judges": Case(
        set_in_config("evaluate", "final"),
        FINAL.after(
            *(("observe", data, "final") for data in SAMPLES),
            *FINAL.jobs("examine", "regress"),
        ),
        "triggers",
    ),
    "the seed": Case(set_in_config("seed", 2), GRAPH.after(*GRAPH.jobs("train", "ingest")), "cfg"),
    # Observables
    "the module of the observables": Case(
        lambda space: space.rewrite(
            f"{PACKAGE}/kinds/showers/observables.py", lambda x: f"{x}\nNEW = 1\n"
        ),
        GRAPH.after(*GRAPH.jobs("observe")),
        "code",
        (("observe", "eplus", "training"), "module ultimetric.kinds.showers.observables changed"),
    ),
    "an observable of one's own": Case(
        add_observable,
        GRAPH.after(*(x for x in GRAPH.jobs("observe") if x[1] == "eplus")),
        "cfg",
        (("observe", "eplus", "caloflow"), "kind.observables: "),
    ),
    # Classifiers
    "a classifier's card": Case(
        in_file(f"{PACKAGE}/classifiers/dnn.yaml", "steps: 30", "steps: 40"),
        scored_by("dnn"),
        "cfg",
    ),
    "a classifier's module": Case(
        lambda space: space.rewrite(f"{PACKAGE}/classifiers/dnn.py", lambda x: f"{x}\nNEW = 1\n"),
        scored_by("dnn"),
        "code",
    ),
    "a classifier outside the repository": Case(
        in_file("plugins/means.py", "+ 1e-6", "+ 1e-5"), scored_by("means"), "code"
    ),
    "more blocks of repeats": Case(
        set_in_config("repeats.blocks", 2),
        TWO_BLOCKS.after(*(job for job in TWO_BLOCKS.jobs("classify") if job[-1] == "1")),
        "one block",
    ),
    "the size of a block": Case(
        set_in_config("repeats.size", 3), GRAPH.after(*GRAPH.jobs("classify")), "cfg"
    ),
    # Energy regression
    "the card of the energy regression": Case(
        set_in_config("regression.override", {"train": {"lr": 2.0e-3}}),
        GRAPH.after(*GRAPH.jobs("regress")),
        "cfg",
        (("regress", "eplus"), "card.train.lr: 0.001 -> 0.002"),
    ),
    "the module of the energy regression": Case(
        in_file(f"{PACKAGE}/kinds/showers/regression/energy.py", "BOUND = 8.0", "BOUND = 9.0"),
        GRAPH.after(*GRAPH.jobs("regress")),
        "code",
        (("regress", "eplus"), "module ultimetric.kinds.showers.regression.energy changed"),
    ),
    # Numbers, figures, report
    "a metric's module": Case(
        lambda space: space.rewrite(
            f"{PACKAGE}/metrics/separation.py", lambda x: f"{x}\nNEW = 1\n"
        ),
        GRAPH.after(*(x for x in GRAPH.jobs("metric") if x[-1] == "separation")),
        "code",
    ),
    "a metric's option": Case(
        set_in_config("metrics.separation.replicas", 6),
        GRAPH.after(*(x for x in GRAPH.jobs("metric") if x[-1] == "separation")),
        "cfg",
    ),
    "the values searched for failures": Case(
        set_in_config("failures.values", 11),
        GRAPH.after(*GRAPH.jobs("find")),
        "cfg",
        (("find", "eplus", "caloflow"), "values: 10 -> 11"),
    ),
    "a figure's module": Case(
        lambda space: space.rewrite(f"{PACKAGE}/figures/roc.py", lambda x: f"{x}\nNEW = 1\n"),
        GRAPH.after(ROC, ("figure", "gamma", "roc")),
        "code",
        (ROC, "module ultimetric.figures.roc changed"),
    ),
    "a caption": Case(
        lambda space: space.rewrite("workflow/report/roc.rst", lambda x: f"{x} Or so."),
        {("report",)},
        "cfg",
    ),
    "a title": Case(set_in_config("figures.roc.title", "Curves"), {("report",)}, "cfg"),
    "the report's template": Case(
        lambda space: space.rewrite("workflow/report/report.html.j2", lambda x: f"{x}<p>End</p>"),
        {("report",)},
        "cfg",
        (("report",), "template: "),
    ),
    "a label": Case(
        set_in_config("style.labels.caloflow", "Flow"), GRAPH.after(ROC, LOSSES), "cfg"
    ),
    "the order of samples": Case(
        set_in_config("style.order", {"samples": ["nearest", "mine"]}),
        GRAPH.after(ROC, LOSSES),  # colours follow the order
        "cfg",
        (("report",), "samples.eplus: "),
    ),
    "a colour": Case(set_in_config("style.colours.nearest", "#000000"), GRAPH.after(ROC), "cfg"),
    # Packages
    "a minor upgrade of torch": Case(
        version("torch", 0, 1), TORCH, "code", (TRAIN_CALOFLOW, "package torch: ")
    ),
    "a major upgrade of torch": Case(version("torch", 1, 0), TORCH, "code"),
    "a patch of torch": Case(version("torch", 0, 0, patch=99), set(), "major and minor"),
    "a minor upgrade of matplotlib": Case(
        version("matplotlib", 0, 1), GRAPH.after(*GRAPH.jobs("figure")), "code"
    ),
    # Nothing
    "no change": Case(lambda space: None, set(), None),
    "every file touched": Case(
        lambda space: space.touch("workflow", "plugins", "data", "results"), set(), "checksums"
    ),
    "the order of keys": Case(in_config(reversed_keys), set(), "sorted keys"),
    "the order of entries": Case(in_config(reversed_keys), set(), "order by name"),
    "comments, docstrings, formatting": Case(comment_everything, set(), "syntax trees"),
    "memory and time of a card": Case(
        in_file(
            f"{PACKAGE}/generators/caloflow.yaml",
            "{gpu: 0, mem_mb: 1000, runtime: 5}",
            "{gpu: 1, mem_mb: 9000, runtime: 50}",
        ),
        set(),
        "resources apart",
    ),
    "memory of one generator": Case(
        set_in_config("generators.caloflow.override", {"resources": {"mem_mb": 9000}}),
        set(),
        "overrides apart",
    ),
    "memory, time and threads of Snakemake": Case(
        arguments(
            "--set-threads", "train=2", "--set-resources", "train:mem_mb=9000", "all:runtime=9"
        ),
        set(),
        None,
    ),
}


@pytest.fixture(scope="module")
def planner() -> Iterator[Planner]:
    planner = Planner()
    yield planner
    planner.close()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, eplus: Showers) -> Path:
    """A folder with the small study, run to its end."""
    folder = tmp_path_factory.mktemp("built")
    write_study(folder, eplus)
    build(folder)
    return folder


@pytest.fixture(scope="module")
def space(built: Path, planner: Planner) -> Workspace:
    return Workspace(built, planner)


@pytest.fixture(scope="module")
def without(built: Path, planner: Planner, tmp_path_factory) -> Callable[[str], Workspace]:
    """The study where a mechanism never was, all results accepted as they are."""

    @cache
    def made(name: str) -> Workspace:
        mechanism = MECHANISMS[name]
        if not mechanism.file:
            return Workspace(built, planner, mechanism.arguments)
        space = Workspace(copy_of(built, tmp_path_factory.mktemp("copy") / "study"), planner)
        path = space.folder / mechanism.file
        assert path.read_text().count(mechanism.old) == 1
        path.write_text(path.read_text().replace(mechanism.old, mechanism.new))
        space.accept()
        assert space.plan().jobs == {}
        return space

    return made


def copy_of(folder: Path, target: Path) -> Path:
    shutil.copytree(folder, target, copy_function=shutil.copy2)
    return target


@pytest.mark.parametrize("name", CASES)
def test_exactly_what_a_change_can_change(name: str, space: Workspace) -> None:
    case = CASES[name]
    with space:
        case.change(space)
        plan = space.plan()
    assert plan.jobs is not None, plan.said
    assert set(plan.jobs) == case.planned
    if case.why:
        job, text = case.why
        assert any(text in cause for cause in plan.jobs[job]), plan.jobs[job]
        assert text in plan.said


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.without])
def test_a_case_fails_without_its_mechanism(name: str, without) -> None:
    case = CASES[name]
    space = without(case.without)
    with space:
        case.change(space)
        assert set(space.plan().jobs) != case.planned


def test_what_is_removed_leaves_no_trace(built: Path, planner: Planner, tmp_path: Path) -> None:
    folder = copy_of(built, tmp_path / "study")
    space = Workspace(folder, planner)
    results = folder / "results" / "small"
    tables = [results / name for name in ("metrics.csv", "costs.csv", "report.html")]
    assert all("nearest" in path.read_text() for path in tables)
    remove("nearest")(space)
    assert set(space.plan().jobs) == CASES["a generator less"].planned
    build(folder)
    for path in tables:
        assert "nearest" not in path.read_text(), path
        assert "caloinn" in path.read_text(), path
    assert space.plan().jobs == {}


@pytest.mark.parametrize("copy_function", [shutil.copy2, shutil.copyfile])
def test_a_moved_study_is_still_made(
    copy_function, built: Path, planner: Planner, tmp_path: Path
) -> None:
    """Whether or not times are copied, too."""
    shutil.copytree(built, tmp_path / "elsewhere", copy_function=copy_function)
    assert Workspace(tmp_path / "elsewhere", planner).plan().jobs == {}


@pytest.fixture(scope="module")
def killed(built: Path, planner: Planner, tmp_path_factory) -> Workspace:
    """A copy of the study for jobs that do not end."""
    return Workspace(copy_of(built, tmp_path_factory.mktemp("killed") / "study"), planner)


@pytest.mark.parametrize("rule", sorted({job[0] for job in GRAPH.jobs()}))
def test_what_a_killed_job_left_undone_is_made(rule: str, killed: Workspace) -> None:
    """Snakemake deletes the outputs of a job before it starts, and those of one that failed."""
    records = killed.folder / ".snakemake" / "metadata"
    made = {path: json.loads(path.read_text()) for path in records.rglob("*") if path.is_file()}
    job = min(GRAPH.jobs(rule))
    log = f"results/small/logs/{'/'.join(job)}.log"
    with killed:
        for path, record in made.items():
            killed.callback(path.write_text, json.dumps(record))
            if record["log"] == [log]:
                killed.delete(urlsafe_b64decode(path.name).decode())
        plan = killed.plan()
    assert plan.jobs is not None, plan.said
    assert set(plan.jobs) == GRAPH.after(job)


PUBLISHED = ("metrics.csv", "costs.csv", "failures.csv", "provenance.json", "report.html")


@pytest.mark.parametrize(
    ("name", "rule"),
    [(name, "aggregate") for name in PUBLISHED[:-1]]
    + [("report.html", "report"), ("figures/eplus/roc.png", "figure")]
    + [("figures/eplus/roc.pdf", "figure")],
)
def test_what_is_deleted_by_hand_is_made_again(name: str, rule: str, killed: Workspace) -> None:
    with killed:
        killed.delete(f"results/small/{name}")
        plan = killed.plan()
    assert plan.jobs is not None
    assert rule in {job[0] for job in plan.jobs}


@pytest.mark.parametrize("content", [b"", b"[]", b"7", b"{", b"\xff\xfe{}", b"[" * 10**5])
def test_damaged_records_cost_time_only(content: bytes, killed: Workspace) -> None:
    """Of Snakemake and of our own; the job that a record tells of is made again."""
    name = urlsafe_b64encode(b"results/small/metrics/gamma/truth/separation.csv").decode()
    for place in ("metadata", "ultimetric.made", "incomplete"):
        with killed:
            for path in killed.folder.glob(".snakemake/metadata/*"):
                killed._keep(path)
            killed.replace(f".snakemake/{place}/{name}", content)
            killed.replace("results/.cache/checks.json", content)
            plan = killed.plan()
        assert plan.jobs is not None, plan.said
        assert set(plan.jobs) == GRAPH.after(("metric", "gamma", "truth", "separation"))
        assert plan.said.count("damaged files in .snakemake") == 1


def test_a_moved_checkout_changes_nothing(built: Path, planner: Planner, tmp_path: Path) -> None:
    """Of a study in a folder of its own, which takes its showers and the template from there."""
    space = Workspace(copy_of(built, tmp_path / "study"), planner)
    before = space.folder
    for place in ("checkout", "moved"):
        checkout = tmp_path / place
        checkout.mkdir()
        for name in ("Snakefile", "config.yaml", "profiles", "envs", "workflow"):
            shutil.move(before / name, checkout / name)
        space.arguments = ["--snakefile", str(checkout / "Snakefile")]
        space.path = [str(checkout / "workflow")]
        plan = space.plan()
        assert plan.jobs == {}, plan.said
        before = checkout
    template = before / "workflow" / "report" / "report.html.j2"
    template.write_text(f"{template.read_text()}<p>End</p>")
    assert set(space.plan().jobs) == {("report",)}


def test_lost_records_are_said(built: Path, planner: Planner, tmp_path: Path) -> None:
    folder = copy_of(built, tmp_path / "study")
    space = Workspace(folder, planner)
    said = "have no record of how they were made"
    assert said not in space.plan().said
    shutil.rmtree(folder / ".snakemake")
    plan = space.plan()
    assert plan.jobs == {}
    assert said in " ".join(plan.said.split())
    assert "snakemake --touch --forceall" in plan.said
    space.accept()
    assert said not in space.plan().said
    CASES["a hyper-parameter of one generator"].change(space)
    assert set(space.plan().jobs) == trained("caloflow")


def test_triggers_switched_off_are_said(space: Workspace) -> None:
    with space:
        plan = space.plan("--rerun-triggers", "mtime")
    assert "without code, input, params" in plan.said


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda space: space.delete("plugins/means.py"),
            "classifiers.means: plugins/means.py: no such file",
        ),
        (
            lambda space: space.delete("plugins/nearest.py"),
            "generators.nearest: plugins/nearest.py: no",
        ),
        (in_file("plugins/nearest.py", "def generate(", "def generate(("), "nearest.py, line "),
    ],
    ids=["a classifier gone", "a generator gone", "a generator that is no Python"],
)
def test_a_broken_plug_in_is_one_sentence(change, sentence: str, space: Workspace) -> None:
    with space:
        change(space)
        plan = space.plan()
    assert plan.jobs is None
    assert sentence in plan.said
    assert "Traceback" not in plan.said


def test_an_interrupted_job_is_said(built: Path, planner: Planner, tmp_path: Path) -> None:
    folder = copy_of(built, tmp_path / "study")
    records = folder / ".snakemake"
    name = urlsafe_b64encode(b"results/small/costs.csv").decode()
    (records / "incomplete" / name).write_text('{"external_jobid": null}')
    (records / "metadata" / name).unlink()
    plan = Workspace(folder, planner).plan()
    assert set(plan.jobs) == END
    assert plan.jobs["aggregate",] == ["interrupted while it ran"]
    assert "no record" not in plan.said


def test_a_change_is_explained_once_with_all_that_follows(space: Workspace) -> None:
    with space:
        CASES["a generator outside the repository"].change(space)
        said = space.plan().said
    assert f"{len(trained('nearest'))} jobs are pending." in said
    cause = said[said.index("module nearest changed") :].splitlines()
    assert cause[1].strip() == "concerns sample eplus/nearest, train eplus/nearest"
    assert re.fullmatch(r"followed by \d+ jobs: 1 aggregate, 3 classify, .*", cause[2].strip())
    assert (
        "\nclassify weights/eplus/nearest/dnn/high_level/0: after sample eplus/nearest\n" in said
    )


def test_a_lost_table_of_code_is_said(built: Path, planner: Planner, tmp_path: Path) -> None:
    folder = copy_of(built, tmp_path / "study")
    space = Workspace(folder, planner)
    CASES["the module of one generator"].change(space)
    shutil.rmtree(folder / "results" / ".cache" / "code")
    assert "the old table in results/.cache/code is gone" in space.plan().said


@pytest.fixture(scope="module")
def sharded(tmp_path_factory, planner: Planner, eplus: Showers) -> Workspace:
    """A sample made by two jobs, whose parts are gone."""
    folder = tmp_path_factory.mktemp("sharded")
    write_study(folder, eplus)
    eplus_only = {"source": "bundled", "geometry": "calogan_coarse"}
    sizes = {"generator": 5300, "classifier": 5100, "final": 200}
    cut: dict[str, Any] = {"generators": {}, "samples": {}, "pairs": [], "figures": {"roc": {}}}
    cut |= {"datasets": {"eplus": eplus_only | sizes}, "shard": 5000}
    Workspace(folder, planner).configure(lambda config: {**config, **cut})
    build(folder, SHARDED)
    return Workspace(folder, planner, (SHARDED,))


SHARDED = "results/small/samples/eplus/truth.hdf5"
SHARDS: set[Job] = {("sample_shard", "eplus", "truth", shard) for shard in "01"}
GATHER: Job = ("gather", "eplus", "truth")


@pytest.mark.parametrize(
    ("module", "planned", "cause"),
    [
        ("sample", SHARDS | {GATHER}, "module ultimetric.stages.sample changed"),
        ("gather", SHARDS | {GATHER}, "its temporary output is needed again"),
        ("classify", set(), ""),
    ],
)
def test_a_sample_of_several_jobs(
    module: str, planned: set[Job], cause: str, sharded: Workspace
) -> None:
    with sharded:
        sharded.rewrite(f"{PACKAGE}/stages/{module}.py", lambda text: f"{text}\nNEW = 1\n")
        plan = sharded.plan()
    assert plan.jobs is not None, plan.said
    assert set(plan.jobs) == planned
    assert all(plan.jobs[job] == [cause] for job in SHARDS & planned)


def test_shards_that_failed_after_a_change_are_made(sharded: Workspace) -> None:
    """Snakemake has recorded what they were to be made with; that they are gone is no news."""
    with sharded:
        for shard in "01":
            name = f"results/small/samples/.shards/eplus/truth/{shard}.hdf5"
            record = f".snakemake/metadata/{urlsafe_b64encode(name.encode()).decode()}"
            sharded.rewrite(record, lambda text: json.dumps(json.loads(text) | {"endtime": 2e9}))
        gathered = sharded.folder / ".snakemake/metadata"
        sharded._keep(gathered / urlsafe_b64encode(SHARDED.encode()).decode())
        plan = sharded.plan()
    assert plan.jobs is not None, plan.said
    assert set(plan.jobs) == SHARDS | {GATHER}


TRUTH = "results/small/simulated/eplus.hdf5"
SIMULATE: set[Job] = {("simulate", "eplus", "0"), ("simulate", "eplus", "1")}
GATHER_TRUTH: Job = ("gather_truth", "eplus")


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like Geant4's tables, and is taken for them."""
    folder = tmp_path / "tables"
    (folder / "G4EMLOW1").mkdir(parents=True)
    (folder / "G4EMLOW1" / "table").write_text("1")
    monkeypatch.setenv("GEANT4_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def simulated(tables: Path, tmp_path: Path, eplus: Showers) -> Iterator[Workspace]:
    """A simulated truth of two shards, which are gone."""
    folder = tmp_path / "study"
    folder.mkdir()
    write_study(folder, eplus)
    (folder / "results/small/simulated").mkdir(parents=True)
    write_showers(folder / TRUTH, eplus[:700], geant4_data=tables_name())
    planner = Planner()  # one that knows of the tables
    space = Workspace(folder, planner, (TRUTH,))
    entry = {"detector": "calogan", "particle": "e+", "showers": 700, "showers_per_job": 350}
    set_in_config("datasets.eplus.source", {"simulate": entry})(space)
    space.accept()
    yield space
    planner.close()


def test_other_tables_of_geant4_simulate_again(simulated: Workspace, tables: Path) -> None:
    assert simulated.plan().jobs == {}
    (tables / "G4EMLOW1" / "table").write_text("12")
    plan = simulated.plan()
    assert set(plan.jobs) == SIMULATE | {GATHER_TRUTH}
    assert any("simulation.tables: G4EMLOW1: 1 files" in x for x in plan.jobs[GATHER_TRUTH])


def test_a_finished_truth_needs_no_tables(simulated: Workspace, tables: Path) -> None:
    shutil.rmtree(tables)
    assert simulated.plan().jobs == {}
    (simulated.folder / TRUTH).unlink()
    plan = simulated.plan()
    assert plan.jobs is None
    assert "simulation: GEANT4_DATA_DIR names" in plan.said


def test_shards_of_other_tables_are_made_again(
    simulated: Workspace, tables: Path, eplus: Showers
) -> None:
    """Of a simulation that was interrupted, and goes on with other tables."""
    shards = [f"results/small/simulated/.shards/eplus/{i}.hdf5" for i in (0, 1)]
    (simulated.folder / TRUTH).unlink()
    (simulated.folder / shards[0]).parent.mkdir(parents=True)
    write_showers(simulated.folder / shards[0], eplus[:350])
    simulated.arguments = [shards[0], "--notemp"]
    simulated.accept()
    simulated.arguments = [TRUTH]
    assert set(simulated.plan().jobs) == {("simulate", "eplus", "1"), GATHER_TRUTH}
    (tables / "G4EMLOW1" / "table").write_text("12")
    assert set(simulated.plan().jobs) == SIMULATE | {GATHER_TRUTH}
