"""The tests of a study: classifiers and their inputs, and what samples are tested against."""

from __future__ import annotations

from typing import Any

from ultimetric.planning.applies import Kinds, kinds_of
from ultimetric.planning.cards import card, plugin
from ultimetric.planning.catalogue import Catalogue
from ultimetric.planning.declared import plugin_class
from ultimetric.planning.remember import remembered

REGRESSION = "energy"  # the module that estimates conditions


class Tested(Catalogue):
    """The tests of a study, and how each is run."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self.inputs: list[str] = self.config["inputs"]
        self.methods = sorted(self.config["classifiers"])
        self.blocks = range(self.config["repeats"]["blocks"])
        self.metrics = sorted(self.config["metrics"])
        pairs = self.config.get("particles", {}).get("pairs", [])
        self.particle_pairs = {"_".join(pair): pair for pair in pairs}

    @property
    def regressed(self) -> list[str]:
        """Datasets whose condition is estimated: those of kinds on which the regression works."""
        if "regression" not in self.config:
            return []
        return [x for x in self.datasets if self.target(x).takes(self.kinds_of_regression)]

    @property
    def kinds_of_regression(self) -> Kinds:
        """The kinds whose condition can be estimated."""
        return kinds_of("regression", plugin("regression", REGRESSION, {}), "config, regression")

    @property
    def searched(self) -> list[str]:
        """Datasets whose samples are searched for what is wrong: those that the test sees."""
        if "failures" not in self.config:
            return []
        method = self.config["failures"]["method"]
        return [dataset for dataset in self.datasets if self.suited(dataset, method, "")]

    @property
    def tried(self) -> list[str]:
        """Datasets in which faults are planted again and again, and searched for."""
        return self.searched if "trials" in self.config else []

    def searched_by(self, dataset: str) -> dict[str, str]:
        """The classifier and its inputs whose weights are searched."""
        entry = self.config["failures"]
        inputs = self.suited(dataset, entry["method"], entry.get("inputs", ""))
        return {"method": entry["method"], "inputs": inputs}

    def suited(self, dataset: str, method: str, inputs: str) -> str:
        """Inputs of a classifier, or others where a dataset lacks them.

        These are the first that are made of observables, else the first; empty if the classifier
        sees none.
        """
        known = self.kind(dataset).inputs
        seen = [x for name, x in self.pairs_of_tests("weights", dataset) if name == method]
        first = [x for x in seen if known[x].reads_observables] + seen
        return inputs if inputs in seen else next(iter(first), "")

    def applied(self, folder: str, dataset: str) -> list[str]:
        """Entries of the config for a dataset, whose plug-ins work on its kind, sorted."""
        target = self.target(dataset)
        return [
            name
            for name, entry in sorted(self.config[folder].items())
            if dataset in entry.get("datasets", self.datasets)
            and target.takes(self.kinds_for(folder, name))
        ]

    @remembered
    def needs(self, folder: str, name: str) -> set[str]:
        """What the plug-in of an entry needs besides weights and tables, such as "exact"."""
        module = plugin(folder, name, self.config[folder][name])
        found = plugin_class(folder, module, f"config, {folder}.{name}")
        return set(found.says("needs") or ()) if found else set()

    def pairs_of_tests(self, reference: str, dataset: str) -> list[tuple[str, str]]:
        """(method, inputs) that are run against a reference; inputs are those of the kind."""
        known = self.kind(dataset).inputs
        if reference != "weights":
            entry = self.config["memorisation" if reference == "memorisation" else "training_size"]
            return [(entry["method"], x) for x in entry["inputs"] if x in known]
        return [
            (method, inputs)
            for method in self.methods
            if dataset in self.config["classifiers"][method].get("datasets", self.datasets)
            for inputs in self.inputs
            if inputs in self.seen_by(method) and inputs in known
        ]

    def seen_by(self, method: str) -> list[str]:
        """Inputs for a classifier: those of its entry, else those its card takes, else all."""
        entry = self.config["classifiers"][method]
        return entry.get("inputs") or card("classifiers", method, entry).get("takes", self.inputs)

    @property
    def joint_methods(self) -> list[str]:
        """Classifiers that see truth and all samples of a dataset at once."""
        cards = {x: card("classifiers", x, self.config["classifiers"][x]) for x in self.methods}
        return [method for method in self.methods if cards[method].get("joint", False)]

    def joint_pairs(self, dataset: str) -> list[tuple[str, str]]:
        """(method, inputs) of these."""
        joint = self.joint_methods
        return [pair for pair in self.pairs_of_tests("weights", dataset) if pair[0] in joint]

    @property
    def judged_jointly(self) -> list[str]:
        """Datasets with such tests: all, or none."""
        return self.datasets if self.joint_methods else []

    @property
    def default_method(self) -> str:
        """The classifier of figures that name none."""
        return "dnn" if "dnn" in self.methods else self.methods[0]

    def others(self, dataset: str, sample: str) -> list[str]:
        """References besides the test itself that a sample is tested against."""
        memory = ["memorisation"] if self.has_memory(dataset, sample) else []
        curve = ["half", "quarter"] if sample in self.config["training_size"]["samples"] else []
        return [x for x in memory + curve if self.pairs_of_tests(x, dataset)]

    def has_memory(self, dataset: str, sample: str) -> bool:
        """Whether a sample is tested against the truth that its generator learned from.

        Generators that are trained are, and those whose card says `memory: true`.
        """
        if sample not in self.generators(dataset):
            return False
        return sample in self.trained(dataset) or self.card(sample).get("memory", False)

    def compares_training(self, dataset: str, sample: str, metric: str) -> bool:
        """Whether a metric of a sample wants the truth that its generator learned from."""
        wanted = self.config["metrics"][metric].get("training", False)
        return wanted and self.has_memory(dataset, sample)

    def metrics_of(self, dataset: str, sample: str) -> list[str]:
        """Metrics of a sample: those for its kind, but for those that need what it has not."""
        has = {"exact"} if sample in self.distorted(dataset) else set()
        return [x for x in self.applied("metrics", dataset) if self.needs("metrics", x) <= has]

    def pairs(self, dataset: str) -> list[list[str]]:
        """Samples to be compared with each other on the same truth."""
        samples = self.samples(dataset)
        return [pair for pair in self.config["pairs"] if set(pair) <= set(samples)]

    def regressor(self) -> dict[str, Any]:
        """Hyper-parameters of the energy regression."""
        return card("regression", REGRESSION, self.config["regression"])

    def resources(self, stage: str, **wildcards: str) -> dict[str, int]:
        """gpu, mem_mb and runtime (minutes) of the card in use; no part of any slice."""
        chosen = self._card_in_use(stage, **wildcards).get("resources", {})
        return {"gpu": 0, "mem_mb": 2000, "runtime": 30} | chosen

    def threads(self, stage: str, **wildcards: str) -> int:
        """torch threads of the card in use; part of its slice, as they change the last digits."""
        return int(self._card_in_use(stage, **wildcards).get("threads", 1))

    def _card_in_use(self, stage: str, **wildcards: str) -> dict[str, Any]:
        if stage in ("classify", "classify_jointly"):
            method = wildcards["method"]
            return card("classifiers", method, self.config["classifiers"][method])
        if stage == "reweight":
            return self._card_in_use("classify", method=self.config["reweighting"]["method"])
        if stage == "identify":
            return self._card_in_use("classify", method=self.config["particles"]["method"])
        if stage == "trial":
            method = self.config["failures"]["method"]
            return card("classifiers", method, self.config["classifiers"][method])
        if stage == "regress":
            return self.regressor()
        return self.card(wildcards["sample"])
