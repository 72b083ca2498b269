"""What each stage that makes truth or samples uses of the config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.planning.checks import Checks
from ultimetric.planning.distorted import distortion_slice
from ultimetric.planning.generator_entry import generator_slice
from ultimetric.planning.remember import remembered
from ultimetric.planning.shown import Shown
from ultimetric.planning.simulation import Found, simulation_of

Slice = dict[str, Any]


class SampleSlices(Shown):
    """Each method named after a stage returns that stage's slice.

    Arguments:
        config: The config, valid by the schema.
        cache: The file that remembers the verdict on data files.
        found: What simulations found on the machine that plans, by dataset; none to look here.
    """

    def __init__(self, config: dict[str, Any], cache: Path, found: Found | None = None) -> None:
        super().__init__(config)
        self.given = found or {}
        self.checks = Checks(cache)

    def simulate(self, dataset: str, shard: str) -> Slice:
        simulation, rows = (
            self.truth(dataset)["simulation"],
            self.truth_shards(dataset)[int(shard)],
        )
        # How many there are in all decides nothing of a part.
        unit = self.simulation(dataset).unit
        return {
            "plugin": simulation_of(self.kind_slice(dataset), f"config, datasets.{dataset}"),
            **{key: value for key, value in simulation.items() if key != unit},
            "rows": [rows.start, rows.stop],
        }

    @remembered
    def preprocess(self, dataset: str) -> Slice:
        entry = self.config["datasets"][dataset]
        return {
            "dataset": dataset,
            **self.truth(dataset),
            **self._generator_truth(dataset),
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
            **self.model(dataset, sample),
        }

    def sample(self, dataset: str, sample: str, shard: str = "0") -> Slice:
        rows = self.shards(dataset, sample)[int(shard)]
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

    def distort(self, dataset: str, sample: str) -> Slice:
        given = self.config["samples"][sample]["distort"]
        place = f"config, samples.{sample}.distort"
        return {
            "dataset": dataset,
            "sample": sample,
            "truth": self.preprocess(dataset),
            "kind": self.kind_slice(dataset),
            "distortion": distortion_slice(given, self.target(dataset), place),
            "entries": self.n_entries(dataset),
            "seed": self.config["seed"],
        }

    def observe(self, dataset: str, events: str) -> Slice:
        return {"dataset": dataset, "kind": self.kind_with(dataset, "observables")}

    @remembered
    def truth(self, dataset: str) -> Slice:
        """What the entries of a truth follow from: a file, or a simulation."""
        if options := self.simulated(dataset):
            place = f"config, datasets.{dataset}"
            known = self.simulation(dataset).slice(options, self.kind_slice(dataset), place)
            return {"simulation": {**known, **self.found(dataset)}}
        return {"sha256": self.checks.sha256(self.source(dataset))}

    def _generator_truth(self, dataset: str) -> Slice:
        """The file of the generator part, where the truth that judges has one of its own."""
        if not self.in_parts(dataset):
            return {}
        path = self.generator_source(dataset)
        return {"sha256_generator": self.checks.sha256(path) if path else None}

    @remembered
    def found(self, dataset: str) -> Slice:
        """What a simulated truth follows from besides the config: what the plan found."""
        if dataset in self.given:
            return self.given[dataset]
        return self.simulation(dataset).found(self.source(dataset))

    def external(self, sample: str) -> Path:
        """The file of an external sample, checked."""
        path = self._external(sample)
        self.checks.entries(path, self.stored_as(*self.datasets_of(sample)))
        return path

    @remembered
    def model(self, dataset: str, sample: str) -> Slice:
        """A generator's module and card, its recipe resolved for the kind of a dataset."""
        base = self.base_of(sample)
        return generator_slice(
            sample,
            self._entry(sample),
            self.config["preprocessing"],
            self.target(dataset),
            None if base is None else self.model(dataset, base),
        )

    def _external(self, sample: str) -> Path:
        return Path(self.config["samples"][sample]["file"])

    def _kind_of_model(self, dataset: str, sample: str) -> Slice:
        """The slice of a kind with what a model needs of it: inputs of a classifier in its card,
        observables of a fault.
        """
        card = self.model(dataset, sample)["card"]
        if "inputs" in card:
            return self._kind_for(dataset, *card["inputs"])
        return self.kind_with(dataset, *(["observables"] if "fault" in card else []))
