"""What a study has of toys: events whose weights are known exactly."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ultimetric.errors import UserError
from ultimetric.planning.cards import plugin, plugin_and_card
from ultimetric.planning.catalogue import WORKFLOW, Catalogue
from ultimetric.planning.entries import OWN_OF_TOY_FIGURES, OWN_OF_TOYS
from ultimetric.planning.remember import remembered
from ultimetric.plugins import load_plugin
from ultimetric.toys.base import Toy

SECTION = "toys"  # where their figures are, as those of a dataset are under its name
EVENTS_PER_JOB = 1000
Slice = dict[str, Any]


class ToyPlan(Catalogue):
    """Each method named after a stage returns that stage's slice.

    Arguments:
        config: valid by the schema.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self.toys = sorted(config.get("toys", {}))
        self.jet_types = sorted(config.get("jets", {}))
        self.toy_figures = self._in_order("figures", config.get("toy_figures", {}))

    @remembered
    def toy_of(self, name: str) -> Toy:
        """The toy that an entry means.

        Raises:
            UserError: the entry has an option that cannot be.
        """
        toy = self._toy(name)
        try:
            return load_plugin(toy["plugin"], Toy)(toy["options"])
        except UserError as error:
            raise UserError(f"config, toys.{name}: {error}") from None

    def pairs_of_toy(self, name: str) -> list[tuple[str, str]]:
        """(test, features) that a toy is put to."""
        tests = self.config["toys"][name].get("tests", self.tests)
        own = self.toy_of(name).features
        pairs = [(test, x) for test in sorted(tests) for x in self.features if x in own]
        return [(test, x) for test, x in pairs if x in self.seen_by(test)]

    def toys_shown(self, figure: str) -> list[str]:
        """Toys that a figure shows, in its order."""
        return self.config["toy_figures"][figure].get("toys", self.toys)

    def jet_shards(self, jets: str) -> list[range]:
        """Events that each simulation job makes."""
        entry = self.config["jets"][jets]
        size, events = entry.get("events_per_job", EVENTS_PER_JOB), entry["events"]
        return [range(i, min(i + size, events)) for i in range(0, events, size)]

    def jets(self, jets: str, shard: str) -> Slice:
        events = self.jet_shards(jets)[int(shard)]
        return {
            "type": jets,
            "events": [events.start, events.stop],
            "seed": self.config["jets"][jets].get("seed", 1),
        }

    def gather_jets(self, jets: str) -> Slice:
        entry = self.config["jets"][jets]
        return {"type": jets, "seed": entry.get("seed", 1), "shards": self._cuts(jets)}

    def toy(self, toy: str) -> Slice:
        slice_ = {
            "name": toy,
            "toy": self._toy(toy),
            "events": self.config["toys"][toy]["events"],
            "seed": self.config["seed"],
        }
        jets = self.toy_of(toy).jets
        return slice_ | ({"jets": self.gather_jets(jets)} if jets else {})

    def classify_toy(self, toy: str, test: str, features: str, block: str) -> Slice:
        return {
            "name": toy,
            "test": test,
            **plugin_and_card("classifiers", test, self.config["classifiers"][test]),
            "features": features,
            "block": int(block),
            "repeats": self.config["repeats"]["size"],
            "seed": self.config["seed"],
        }

    def judge_toy(self, toy: str, sample: str) -> Slice:
        return {
            "name": toy,
            "sample": sample,
            "tests": [list(pair) for pair in self.pairs_of_toy(toy)],
            "blocks": len(self.blocks),
            "seed": self.config["seed"],
        }

    def toy_figure(self, figure: str) -> Slice:
        entry = self.config["toy_figures"][figure]
        options = {key: value for key, value in entry.items() if key not in OWN_OF_TOY_FIGURES}
        shown = self.toys_shown(figure)
        return {
            "figure": {"plugin": plugin("toy_figures", figure, entry), **options},
            "toys": shown,
            "samples": [self.toy_of(name).sample for name in shown],
            "labels": self.config["style"].get("labels", {}),
        }

    def pictures_of_toys(self) -> list[dict[str, str]]:
        """What the report says of each figure."""
        return [
            {
                "name": figure,
                "dataset": SECTION,
                "module": SECTION,
                "title": entry.get("title", figure),
                "caption": _caption(plugin("toy_figures", figure, entry)),
            }
            for figure in self.toy_figures
            for entry in [self.config["toy_figures"][figure]]
        ]

    def _toy(self, name: str) -> Slice:
        entry = self.config["toys"][name]
        where = {key: entry[key] for key in entry if key in ("file", "toy")}
        if "toy" in entry and "file" not in entry:
            where = {"module": entry["toy"]}
        options = {key: value for key, value in entry.items() if key not in OWN_OF_TOYS}
        return {"plugin": plugin("toys", name, where), "options": options}

    def _cuts(self, jets: str) -> list[int]:
        return [events.stop for events in self.jet_shards(jets)]


def _caption(module: str) -> str:
    """Text of workflow/report/<module>.rst, or of the .rst beside a figure's own file."""
    if module.endswith(".py"):
        path = Path(module).with_suffix(".rst")
    else:
        path = WORKFLOW / "report" / f"{module.rpartition('.')[2]}.rst"
    return path.read_text() if path.is_file() else ""


def check_toys(study: ToyPlan) -> None:
    """Refuse toys, their figures and their jets that cannot be.

    Raises:
        UserError: one sentence.
    """
    for name in study.toys:
        place = f"config, toys.{name}"
        if name in study.datasets or SECTION in study.datasets:
            raise UserError(f"{place}: a dataset has this name, or the name `{SECTION}`")
        for test in study.config["toys"][name].get("tests", []):
            if test not in study.tests:
                known = ", ".join(study.tests)
                raise UserError(f"{place}: the test {test!r} is not one of {known}")
        toy = study.toy_of(name)
        if toy.jets and toy.jets not in study.jet_types:
            raise UserError(f"{place}: `jets` has no entry {toy.jets!r}, which it needs")
        if not study.pairs_of_toy(name):
            known = ", ".join(toy.features)
            raise UserError(f"{place}: no test of it sees any of its features, {known}")
    for figure, entry in study.config.get("toy_figures", {}).items():
        plugin("toy_figures", figure, entry)
        if unknown := [name for name in entry.get("toys", []) if name not in study.toys]:
            raise UserError(f"config, toy_figures.{figure}: there is no toy {unknown[0]!r}")
        if (test := entry.get("test")) and test not in study.tests:
            known = ", ".join(study.tests)
            raise UserError(f"config, toy_figures.{figure}: {test!r} is not one of {known}")


def check_pythia(missing: list[str]) -> None:
    """Refuse to simulate jets where Pythia is missing.

    Arguments:
        missing: types of jets that are still to be made.

    Raises:
        UserError: one sentence.
    """
    if missing and find_spec("pythia8mc") is None:
        raise UserError(
            f"config, jets.{missing[0]}: simulations need pythia8mc, which this environment lacks"
        )
