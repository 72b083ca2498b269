"""Resolve the config entry of a generator, and check that it can be trained."""

from __future__ import annotations

from typing import Any

from ultimetric.config.entries import Generator
from ultimetric.planning.applies import kinds_of
from ultimetric.planning.cards import card_of, hyper_parameters, module_of, plugin
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.entries import checked_options, declared_by
from ultimetric.planning.recipes import resolved

Settings = dict[str, Any]


def generator_settings(
    name: str,
    entry: Generator,
    recipes: dict[str, Any],
    dataset: Dataset,
    base: Settings | None = None,
) -> Settings:
    """The module and card of a generator, with recipe and fault resolved.

    Arguments:
        name: The name of the sample.
        entry: The entry of the config.
        recipes: The recipes that the entry can name.
        dataset: The dataset that it models.
        base: The settings of the generator that it builds on.

    Raises:
        UserError: A card, a recipe or an option cannot be used.
    """
    place = f"config, generators.{name}"
    module = module_of("generators", name, entry)
    card = hyper_parameters(card_of("generators", module, entry.card, entry.override, place))
    if (recipe := entry.preprocessing) is not None:
        where, steps = f"{place}.preprocessing", recipe
        if isinstance(recipe, str):
            where, steps = f"config, preprocessing.{recipe}", recipes[recipe]
        card["preprocessing"] = resolved(steps, dataset, where)
    if "fault" in card:
        fault, options = card.pop("fault"), card.pop("options")
        where = f"{place}.override.options"
        file = fault.get("file") if isinstance(fault, dict) else None
        found = plugin("faults", str(fault), None, file, f"{place}.override.fault")
        if not file:
            kinds = kinds_of("faults", found, place)
            dataset.refuse_others(kinds, f"the fault {fault} works on", place)
        options = checked_options(options, declared_by("faults", found, where), where)
        card["fault"] = {"plugin": found, **options}
    if base is not None:
        card["base"] = base
        if "preprocessing" in base["card"]:
            card.setdefault("preprocessing", base["card"]["preprocessing"])
    return {"plugin": module, "card": card}
