"""The truths of a study: where each comes from, of which kind it is, and how it is divided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.forms.names import one_of
from ultimetric.kinds.base import Kind, load_kind
from ultimetric.kinds.simulation import Simulation
from ultimetric.planning.applies import Target, kinds_of
from ultimetric.planning.cards import plugin
from ultimetric.planning.kind_entry import kind_of, kind_slice, with_parts
from ultimetric.planning.remember import remembered
from ultimetric.planning.simulation import simulation_of, simulation_options
from ultimetric.plugins import load_plugin

WORKFLOW = Path(__file__).resolve().parents[2]
BUNDLED = WORKFLOW / "resources" / "showers"
FEWEST = 50  # entries of a sample below which folds, calibration and errors mean nothing
CONTROLS = ("planted", "displaced")  # positive controls, the last of them for all kinds


def truth_file(dataset: str, source: str | dict[str, str]) -> Path:
    """The file of a truth that is not made here: a bundled one, or one from outside.

    Raises:
        UserError: no bundled file is called so.
    """
    if isinstance(source, str) and source != "bundled":
        return Path(source)
    name = source["bundled"] if isinstance(source, dict) else dataset
    known = sorted(path.stem for path in BUNDLED.glob("*.hdf5"))
    one_of(name, known, f"config, datasets.{dataset}, bundled source")
    return BUNDLED / f"{name}.hdf5"


class Datasets:
    """The datasets of a study, and what follows from their entries without a look at any data.

    Arguments:
        config: The config, valid by the schema.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.name: str = self.config["study"]
        self.datasets = sorted(self.config["datasets"])

    @remembered
    def simulated(self, dataset: str) -> dict[str, Any] | None:
        """The options of the simulation of a dataset, if its truth is made here."""
        source, place = self.config["datasets"][dataset]["source"], f"config, datasets.{dataset}"
        if not isinstance(source, dict) or source.keys() & {"bundled", "held_out"}:
            return None
        module = simulation_of(self.kind_slice(dataset), place)
        return simulation_options(module, source, f"{place}.source")

    @remembered
    def simulation(self, dataset: str) -> Simulation:
        """What makes the truth of a dataset whose truth is made here."""
        module = simulation_of(self.kind_slice(dataset), f"config, datasets.{dataset}")
        return load_plugin(module, Simulation)()

    def truth_shards(self, dataset: str) -> list[range]:
        """What each job that makes a part of the truth makes, by number."""
        return self.simulation(dataset).shards(self.simulated(dataset))

    def generator_source(self, dataset: str) -> Path | None:
        """The file of the generator part, where the truth that judges has a file of its own."""
        source = self.config["datasets"][dataset]["source"]
        file = source.get("generator") if isinstance(source, dict) else None
        return Path(file) if file else None

    def in_parts(self, dataset: str) -> bool:
        """Whether the truth that judges has a file of its own."""
        source = self.config["datasets"][dataset]["source"]
        return isinstance(source, dict) and "held_out" in source

    def source(self, dataset: str) -> Path:
        """The file of the truth, or of the truth that judges if it has one of its own."""
        source = self.config["datasets"][dataset]["source"]
        if self.in_parts(dataset):
            return Path(source["held_out"])
        if self.simulated(dataset):
            return Path("results") / self.name / "simulated" / f"{dataset}.hdf5"
        return truth_file(dataset, source)

    @remembered
    def kind_slice(self, dataset: str) -> dict[str, Any]:
        """Module and options of a dataset's kind of data."""
        return kind_slice(self.config["datasets"][dataset], f"config, datasets.{dataset}")

    def kind_with(self, dataset: str, *parts: str) -> dict[str, Any]:
        """The slice of a dataset's kind, with parts such as its "observables"."""
        place, entry = f"config, datasets.{dataset}", self.config["datasets"][dataset]
        return with_parts(self.kind_slice(dataset), entry, place, *parts)

    @remembered
    def kind(self, dataset: str) -> Kind:
        """The kind of a dataset, with its observables and inputs."""
        place, entry = f"config, datasets.{dataset}", self.config["datasets"][dataset]
        return kind_of(self.kind_slice(dataset), entry, place)

    @remembered
    def target(self, dataset: str) -> Target:
        """A dataset as plug-ins are checked for it."""
        return Target(dataset, self.kind(dataset))

    def control_of(self, datasets: list[str]) -> str:
        """The generator of the positive control of datasets: the first that models all of them."""
        kinds = {x: kinds_of("generators", plugin("generators", x, {}), x) for x in CONTROLS}
        targets = [self.target(dataset) for dataset in datasets]
        return next(x for x in CONTROLS if all(target.takes(kinds[x]) for target in targets))

    def stored_as(self, dataset: str) -> Kind:
        """The kind of a dataset as files from outside hold it: in the format that it names."""
        return load_kind(self.kind_with(dataset, "format"))

    def condition_range(self, dataset: str) -> dict[str, Any]:
        """The conditions to which all of a dataset is cut, for slices; may be none."""
        found = self.kind(dataset).condition_range
        return {"range": found} if found else {}

    def reads_observables(self, dataset: str, inputs: str) -> bool:
        """Whether inputs of classifiers are made of the table of observables."""
        return self.kind(dataset).inputs[inputs].reads_observables

    def judged_by(self, reference: str) -> str:
        """The part of the truth that a reference means."""
        return "training" if reference == "memorisation" else self.config["evaluate"]

    def n_entries(self, dataset: str) -> int:
        """The entries of the truth that judges, and the most of a sample."""
        return self.config["datasets"][dataset][self.config["evaluate"]]
