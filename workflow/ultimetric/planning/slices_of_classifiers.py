"""What each stage that trains a network on truth and samples uses of the config."""

from __future__ import annotations

from ultimetric.planning.cards import plugin_and_card
from ultimetric.planning.catalogue import TRUTH
from ultimetric.planning.slices_of_samples import SampleSlices, Slice

# What a sample can be tested against, and with which share of the training entries: `weights` is
# the test itself.
REFERENCES = {"weights": 1.0, "memorisation": 1.0, "half": 0.5, "quarter": 0.25}
LARGEST_WEIGHT = 10.0  # that reweighting counts in full


class ClassifierSlices(SampleSlices):
    """The slices of classifiers, of the energy regression, and of what else tests with them."""

    def classify(
        self, reference: str, dataset: str, sample: str, method: str, inputs: str, block: str
    ) -> Slice:
        return {
            "reference": reference,
            "dataset": dataset,
            "sample": sample,
            "kind": self._kind_for(dataset, inputs),
            "method": method,
            **plugin_and_card("classifiers", method, self.config["classifiers"][method]),
            "inputs": inputs,
            "fraction": REFERENCES[reference],
            "block": int(block),
            "repeats": self.config["repeats"]["size"],
            "seed": self.config["seed"],
        }

    def classify_jointly(self, dataset: str, method: str, inputs: str, block: str) -> Slice:
        return {
            "dataset": dataset,
            "samples": sorted(self.samples(dataset)),  # their order is a matter of looks
            "kind": self._kind_for(dataset, inputs),
            "method": method,
            **plugin_and_card("classifiers", method, self.config["classifiers"][method]),
            "inputs": inputs,
            "block": int(block),
            "repeats": self.config["repeats"]["size"],
            "seed": self.config["seed"],
        }

    def consistency(self, dataset: str) -> Slice:
        return {
            "dataset": dataset,
            "tests": [list(pair) for pair in self.joint_pairs(dataset)],
            "blocks": len(self.blocks),
        }

    def weigh(self, reference: str, dataset: str, sample: str) -> Slice:
        return {
            "reference": reference,
            "dataset": dataset,
            "sample": sample,
            "tests": [list(pair) for pair in self.pairs_of_tests(reference, dataset)],
            "joint": self.joint_methods,
            "blocks": len(self.blocks),
            "seed": self.config["seed"],
        }

    def regress(self, dataset: str) -> Slice:
        return {
            "dataset": dataset,
            "kind": self._kind_for(dataset, *self.regressor()["inputs"]),
            "samples": sorted(self.samples(dataset)),  # their order is a matter of looks
            "seed": self.config["seed"],
            "card": {key: x for key, x in self.regressor().items() if key != "resources"},
        }

    def reweight(self, dataset: str, sample: str) -> Slice:
        entry = self.config["reweighting"]
        method = entry["method"]
        return {
            "dataset": dataset,
            "sample": sample,
            "kind": self._kind_for(dataset, entry["inputs"]),
            "method": method,
            **plugin_and_card("classifiers", method, self.config["classifiers"][method]),
            "inputs": entry["inputs"],
            "largest": entry.get("largest", LARGEST_WEIGHT),
            "control": plugin_and_card("generators", self.control_of([dataset]), {}),
            "repeats": self.config["repeats"]["size"],
            "seed": self.config["seed"],
        }

    def identify(self, pair: str, sample: str, inputs: str) -> Slice:
        method = self.config["particles"]["method"]
        first, second = self.particle_pairs[pair]
        return {
            "pair": [first, second],
            "sample": sample,
            "kind": self._kind_for(first, inputs),
            "method": method,
            **plugin_and_card("classifiers", method, self.config["classifiers"][method]),
            "inputs": inputs,
            "repeats": self.config["repeats"]["size"],
            "seed": self.config["seed"],
        }

    def trial(self, dataset: str, sample: str, block: str) -> Slice:
        rows, entry = self.trial_shards(sample)[int(block)], self.config["failures"]
        planted = self.model(dataset, sample)["card"]
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
                "classifiers", entry["method"], self.config["classifiers"][entry["method"]]
            ),
            "inputs": self.searched_by(dataset)["inputs"],
            "values": entry["values"],
            "seed": self.config["seed"],
        }

    def prove(self, dataset: str) -> Slice:
        return {
            "dataset": dataset,
            "samples": self.trial_blocks(dataset),
            "control": TRUTH,
            **self.searched_by(dataset),
            "entries": self.n_entries(dataset),
        }

    def compare(self, dataset: str) -> Slice:
        return {
            "dataset": dataset,
            "kind": self.kind_slice(dataset),
            "pairs": self.pairs(dataset),
            "tests": [list(pair) for pair in self.pairs_of_tests("weights", dataset)],
        }

    def _kind_for(self, dataset: str, *inputs: str) -> Slice:
        """The slice of a kind with what inputs of classifiers need."""
        tables = any(self.reads_observables(dataset, name) for name in inputs)
        return self.kind_with(dataset, *(["observables"] if tables else []), "inputs")
