"""A generator of a study: its module, its card, and what it declares."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ultimetric.config import entries
from ultimetric.planning.cards import card_of
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.generator_entry import generator_settings
from ultimetric.planning.plugged import Plugged

TRUTH = "truth"  # the sample that is independent truth: the baseline
Settings = dict[str, Any]


class Generator(Plugged):
    """A generator of a study, on all datasets that it models.

    Arguments:
        name: The name of the sample that it makes.
        entry: Its entry in the config.
        recipes: The recipes that entries can name.
        base: The generator that it builds on.
    """

    folder = "generators"
    entry: entries.Generator

    def __init__(
        self,
        name: str,
        entry: entries.Generator,
        recipes: dict[str, Any],
        base: Generator | None = None,
    ) -> None:
        super().__init__(name, entry)
        self.recipes, self.base = recipes, base
        self._models: dict[str, Settings] = {}

    @cached_property
    def card(self) -> Settings:
        """The hyper-parameters."""
        entry = self.entry
        return card_of("generators", self.module, entry.card, entry.override, self.place)

    @property
    def role(self) -> str:
        """Its role if it tests the classifier: "baseline" or "positive control"."""
        return self.card.get("control", "")

    @property
    def hands_on(self) -> bool:
        """Whether it passes on true entries, no more than the generator part has."""
        return bool(self.says("hands_on"))

    @property
    def trained(self) -> bool:
        """Whether it has a training history."""
        return self.card.get("trained", True)

    @property
    def memorises(self) -> bool:
        """Whether it could have memorised single entries of its training truth."""
        return self.trained or self.card.get("memory", False)

    @property
    def says_numbers(self) -> bool:
        """Whether it states numbers of held-out truth itself, such as its likelihood."""
        return bool(self.card.get("likelihood") or self.card.get("numbers"))

    @property
    def has_posterior(self) -> bool:
        """Whether its weights have a posterior."""
        return bool(self.card.get("posterior"))

    @property
    def faulty(self) -> bool:
        """Whether it passes truth with a planted fault on."""
        return "fault" in self.card

    def models(self, dataset: Dataset) -> bool:
        """Whether it models a dataset: one of its entry, or any whose kind it models."""
        if self.entry.datasets is not None:
            return dataset.name in self.entry.datasets
        return dataset.takes(self.kinds)

    def settings(self, dataset: Dataset) -> Settings:
        """Module and card, with recipe and fault resolved for the kind of a dataset."""
        if dataset.name not in self._models:
            base = None
            if self.base:
                base = {"name": self.base.name, **self.base.settings(dataset)}
            self._models[dataset.name] = generator_settings(
                self.name, self.entry, self.recipes, dataset, base
            )
        return self._models[dataset.name]

    def kind_settings(self, dataset: Dataset) -> Settings:
        """The settings of the kind of a dataset, with the parts that the model needs.

        These are inputs of a classifier in its card, and observables for a fault.
        """
        card = self.settings(dataset)["card"]
        if "inputs" in card:
            return dataset.kind_for(*card["inputs"])
        return dataset.kind_with(*(["observables"] if "fault" in card else []))
