"""The classifiers of a study, and the inputs that each is trained on."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ultimetric.config import entries
from ultimetric.config.models import Config
from ultimetric.planning.cards import card_of, without_resources
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.plugged import Plugged

Test = tuple[str, str]  # a classifier and its inputs
RESOURCES = {"gpu": 0, "mem_mb": 2000, "runtime": 30}


class Method(Plugged):
    """A classifier of a study."""

    folder = "classifiers"
    entry: entries.Classifier

    @cached_property
    def card(self) -> dict[str, Any]:
        """The hyper-parameters."""
        entry = self.entry
        return card_of("classifiers", self.module, entry.card, entry.override, self.place)

    @property
    def settings(self) -> dict[str, Any]:
        """Module and hyper-parameters as a stage gets them."""
        return {"plugin": self.module, "card": without_resources(self.card)}

    @property
    def joint(self) -> bool:
        """Whether it sees truth and all samples of a dataset at once."""
        return self.card.get("joint", False)


class Methods:
    """The classifiers of a study.

    Arguments:
        config: The config.
        datasets: The datasets by name.
    """

    def __init__(self, config: Config, datasets: dict[str, Dataset]) -> None:
        self.config, self.datasets = config, datasets
        self.known = {name: Method(name, x) for name, x in sorted(config.classifiers.items())}
        self._tests: dict[str, list[Test]] = {}

    @property
    def default(self) -> str:
        """The classifier of figures and analyses that name none."""
        return "dnn" if "dnn" in self.known else next(iter(self.known))

    @property
    def joint(self) -> list[str]:
        """Classifiers that see truth and all samples of a dataset at once."""
        return [name for name, method in self.known.items() if method.joint]

    def seen_by(self, method: str) -> list[str]:
        """The inputs of a classifier: those of its entry, those that its card takes, or all."""
        found = self.known[method]
        return found.entry.inputs or found.card.get("takes", self.config.inputs)

    def tests(self, dataset: str) -> list[Test]:
        """The (method, inputs) that samples of a dataset are tested with."""
        if dataset not in self._tests:
            known = self.datasets[dataset].kind.inputs
            self._tests[dataset] = [
                (name, inputs)
                for name, method in self.known.items()
                if method.entry.datasets is None or dataset in method.entry.datasets
                for inputs in self.config.inputs
                if inputs in self.seen_by(name) and inputs in known
            ]
        return self._tests[dataset]

    def joint_tests(self, dataset: str) -> list[Test]:
        """Those of classifiers that see all samples at once."""
        return [test for test in self.tests(dataset) if test[0] in self.joint]

    def suited(self, dataset: str, method: str, inputs: str = "") -> str:
        """Inputs of a classifier, or others if it does not see them on a dataset."""
        seen = [x for name, x in self.tests(dataset) if name == method]
        return self.datasets[dataset].inputs_or_first(inputs, seen)

    def blocks(self) -> range:
        """The numbers of the blocks of repeats."""
        return range(self.config.repeats.blocks)


def resources_of(card: dict[str, Any]) -> dict[str, int]:
    """The resources of a card: gpu, mem_mb and runtime (minutes), which are no settings."""
    return RESOURCES | card.get("resources", {})


def threads_of(card: dict[str, Any]) -> int:
    """The number of torch threads of a card, a setting, as it changes the last digits."""
    return int(card.get("threads", 1))
