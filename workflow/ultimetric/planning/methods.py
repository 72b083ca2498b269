"""The classifiers of a study, and the inputs that each is trained on."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ultimetric.classifiers.protocols import PROTOCOLS
from ultimetric.config import entries
from ultimetric.config.models import Config
from ultimetric.errors import UserError
from ultimetric.forms.names import one_of
from ultimetric.planning.card_keys import card_keys
from ultimetric.planning.cards import DEFAULT, card_of, cards_of, hyper_parameters
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.declared import path_of
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
        card = card_of("classifiers", self.module, entry.card, entry.override, self.place)
        return card if entry.protocol is None else card | self._published(entry.protocol, card)

    def _published(self, protocol: str, card: dict[str, Any]) -> dict[str, Any]:
        """What a published protocol changes in the card.

        Raises:
            UserError: There is no such protocol, the classifier cannot follow it, or `override`
                changes what it fixes.
        """
        one_of(protocol, PROTOCOLS, f"{self.place}.protocol")
        fixed, path = PROTOCOLS[protocol].card, path_of(self.module)
        missing = fixed.keys() - card_keys("classifiers", path, cards_of(path)).keys()
        if missing or card.get("joint") or "epochs" not in card:
            why = (
                f"its cards have no key {sorted(missing)[0]!r}"
                if missing
                else "it sees all samples at once"
                if card.get("joint")
                else f"its card {self.entry.card or DEFAULT!r} counts steps; name one of epochs: "
                + ", ".join(name for name, x in cards_of(path).items() if "epochs" in x)
            )
            raise UserError(f"{self.place}.protocol: {self.stem} cannot follow it, as {why}")
        for key in fixed.keys() & self.entry.override.keys():
            raise UserError(f"{self.place}.override.{key}: the protocol {protocol} fixes it")
        return fixed

    @property
    def settings(self) -> dict[str, Any]:
        """Module, hyper-parameters and published protocol as a stage gets them."""
        found = {"plugin": self.module, "card": hyper_parameters(self.card)}
        if self.entry.protocol is not None:
            found["protocol"] = self.entry.protocol
        return found

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
        own = [name for name in self.known if name not in self.protocols] or list(self.known)
        return "dnn" if "dnn" in own else own[0]

    def default_of(self, dataset: str) -> str:
        """That of figures of a dataset: another one where the default is not used on it."""
        used = list(dict.fromkeys(name for name, _ in self.tests(dataset)))
        own = [name for name in used if name not in (*self.protocols, *self.joint)] or used
        return self.default if self.default in used or not own else own[0]

    @property
    def protocols(self) -> dict[str, str]:
        """The published protocols of the classifiers that follow one, by classifier."""
        of = {name: method.entry.protocol for name, method in self.known.items()}
        return {name: protocol for name, protocol in of.items() if protocol is not None}

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

    def inputs_of(self, dataset: str) -> list[str]:
        """The inputs that samples of a dataset are tested on, in the order of the config."""
        return list(dict.fromkeys(inputs for _, inputs in self.tests(dataset)))

    def joint_tests(self, dataset: str) -> list[Test]:
        """Those of classifiers that see all samples at once."""
        return [test for test in self.tests(dataset) if test[0] in self.joint]

    def suited(self, dataset: str, method: str, inputs: str = "") -> str:
        """Inputs of a classifier, or others if it does not see them on a dataset."""
        seen = [x for name, x in self.tests(dataset) if name == method]
        return self.datasets[dataset].inputs_or_first(inputs, seen)

    def together(self, dataset: str, method: str, inputs: str = "") -> str | list[str]:
        """The inputs of `suited`; of these that only some entries have, all that are such."""
        suited, known = self.suited(dataset, method, inputs), self.datasets[dataset].kind.inputs
        if not suited or known[suited].of_all:
            return suited
        return [x for name, x in self.tests(dataset) if name == method and not known[x].of_all]

    def blocks(self) -> range:
        """The numbers of the blocks of repeats."""
        return range(self.config.repeats.blocks)


def resources_of(card: dict[str, Any]) -> dict[str, int]:
    """The resources of a card: gpu, mem_mb and runtime (minutes), which are no settings."""
    return RESOURCES | card.get("resources", {})


def threads_of(card: dict[str, Any]) -> int:
    """The number of torch threads of a card, a setting, as it changes the last digits."""
    return int(card.get("threads", 1))
