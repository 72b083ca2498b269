"""A generator of a study: its module, its card, and what it says of itself."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ultimetric.config import entries
from ultimetric.planning.applies import Kinds, kinds_of
from ultimetric.planning.cards import card_of, module_of
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.declared import Plugin, plugin_class
from ultimetric.planning.generator_entry import generator_settings

TRUTH = "truth"  # the sample that is independent truth: the baseline
Settings = dict[str, Any]


class Generator:
    """A generator of a study, on all datasets that it models.

    Arguments:
        name: The name of the sample that it makes.
        entry: Its entry in the config.
        recipes: The recipes that entries can name.
        base: The generator that it builds on.
    """

    def __init__(
        self,
        name: str,
        entry: entries.Generator,
        recipes: dict[str, Any],
        base: Generator | None = None,
    ) -> None:
        self.name, self.entry, self.recipes, self.base = name, entry, recipes, base
        self.place = f"config, generators.{name}"
        self._models: dict[str, Settings] = {}

    @cached_property
    def module(self) -> str:
        """The module, or the path of a file."""
        return module_of("generators", self.name, self.entry)

    @cached_property
    def declared(self) -> Plugin | None:
        """The class; None for a file of which only its import can tell."""
        return plugin_class("generators", self.module, self.place)

    @cached_property
    def kinds(self) -> Kinds:
        """The kinds of data that it models."""
        return kinds_of("generators", self.module, self.place)

    @cached_property
    def card(self) -> Settings:
        """The hyper-parameters."""
        entry = self.entry
        return card_of("generators", self.module, entry.card, entry.override, self.place)

    @property
    def role(self) -> str:
        """What it tests if it tests the classifier and is no model: baseline, positive control."""
        return self.card.get("control", "")

    @property
    def hands_on(self) -> bool:
        """Whether it makes no more entries than the generator part of the truth has."""
        return bool(self.declared and self.declared.says("hands_on"))

    @property
    def trained(self) -> bool:
        """Whether it has a training history."""
        return self.card.get("trained", True)

    @property
    def remembers(self) -> bool:
        """Whether it could have learned single entries of its training truth."""
        return self.trained or self.card.get("memory", False)

    @property
    def says_numbers(self) -> bool:
        """Whether it says numbers of held-out truth itself, such as its likelihood."""
        return bool(self.card.get("likelihood") or self.card.get("numbers"))

    @property
    def faulty(self) -> bool:
        """Whether it hands on truth with a planted fault."""
        return "fault" in self.card

    def models(self, dataset: Dataset) -> bool:
        """Whether it models a dataset: one of its entry, else any that it can."""
        if self.entry.datasets is not None:
            return dataset.name in self.entry.datasets
        return dataset.takes(self.kinds)

    def settings(self, dataset: Dataset) -> Settings:
        """Module and card, its recipe and its fault resolved for the kind of a dataset."""
        if dataset.name not in self._models:
            base = self.base.settings(dataset) if self.base else None
            self._models[dataset.name] = generator_settings(
                self.name, self.entry, self.recipes, dataset, base
            )
        return self._models[dataset.name]

    def kind_settings(self, dataset: Dataset) -> Settings:
        """The kind of a dataset with what the model needs of it.

        That is inputs of a classifier in its card, and observables for a fault.
        """
        card = self.settings(dataset)["card"]
        if "inputs" in card:
            return dataset.kind_for(*card["inputs"])
        return dataset.kind_with(*(["observables"] if "fault" in card else []))
