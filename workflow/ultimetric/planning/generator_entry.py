"""What a generator's entry of the config means, and whether it can be trained as it says."""

from __future__ import annotations

from typing import Any

from ultimetric.planning.applies import Target, kinds_of
from ultimetric.planning.cards import plugin, plugin_and_card
from ultimetric.planning.declared import plugin_class
from ultimetric.planning.entries import checked_options, declared_by
from ultimetric.planning.recipes import check_use, check_widths, resolved

Slice = dict[str, Any]


def generator_slice(
    name: str,
    entry: dict[str, Any],
    recipes: dict[str, Any],
    target: Target,
    base: Slice | None = None,
) -> Slice:
    """A generator's module and card, its recipe and its fault resolved.

    Arguments:
        name: The name of the sample.
        entry: The entry of the config.
        recipes: The recipes that the entry can name.
        target: The dataset that it models.
        base: The slice of the generator that it builds on.

    Raises:
        UserError: one sentence on a card, a recipe or an option that cannot be.
    """
    place = f"config, generators.{name}"
    slice_ = plugin_and_card("generators", name, entry)
    card = slice_["card"]
    if "preprocessing" in entry:
        recipe = entry["preprocessing"]
        named = isinstance(recipe, str)
        where = f"config, preprocessing.{recipe}" if named else f"{place}.preprocessing"
        card["preprocessing"] = resolved(recipes[recipe] if named else recipe, target, where)
    if "fault" in card:
        fault, options = card.pop("fault"), card.pop("options")
        where = f"{place}.override.options"
        own_file = fault if isinstance(fault, dict) else {}
        module = plugin("faults", str(fault), own_file, f"{place}.override.fault")
        if not own_file:
            kinds = kinds_of("faults", module, place)
            target.refuse_others(kinds, f"the fault {fault} works on", place)
        options = checked_options(options, declared_by("faults", module, where), where)
        card["fault"] = {"plugin": module, **options}
    if base is not None:
        card["base"] = base
        if "preprocessing" in base["card"]:
            card.setdefault("preprocessing", base["card"]["preprocessing"])
    return slice_


def check_generator(
    name: str,
    entry: dict[str, Any],
    recipes: dict[str, Any],
    target: Target,
    base: Slice | None = None,
) -> Slice:
    """The slice of a generator whose class exists and whose recipe is one that it takes.

    Arguments and errors: as of `generator_slice`.
    """
    place = f"config, generators.{name}"
    module = plugin("generators", name, entry)
    found = plugin_class("generators", module, place)
    slice_ = generator_slice(name, entry, recipes, target, base)
    if found:
        check_use(slice_["card"], "preprocessing" in entry, found, target, place)
    if "preprocessing" in slice_["card"]:
        check_widths(slice_["card"]["preprocessing"], target.kind, place)
    return slice_
