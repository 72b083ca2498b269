"""Check recipes of preprocessing: their steps must exist and fit together."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np

from ultimetric.errors import UserError
from ultimetric.folders import WORKFLOW
from ultimetric.kinds.base import Kind
from ultimetric.planning.applies import kinds_of
from ultimetric.planning.cards import plugin
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.declarations import Plugin
from ultimetric.planning.declared import modules, package_module, plugin_class
from ultimetric.planning.entries import checked_options
from ultimetric.strict_yaml import read_yaml

RECIPES = WORKFLOW / "resources" / "recipes.yaml"
Steps = list[dict[str, Any]]


@cache
def shipped_recipes() -> dict[str, Any]:
    """The recipes of the package, which every study can name."""
    return read_yaml(RECIPES)


def resolved(recipe: Any, dataset: Dataset, place: str) -> Steps:
    """The steps of a recipe, each with its module and its options.

    Arguments:
        recipe: A list of steps, each a name or {name: options}.
        dataset: The dataset whose entries go through the steps.
        place: The recipe in the config, for messages.

    Raises:
        UserError: The recipe is empty, a step or an option does not exist, or a step cannot follow
            those before it or does not work on the kind of the dataset.
    """
    if not isinstance(recipe, list) or not recipe:
        raise UserError(
            f"{place}: {recipe!r} is not a recipe, a list of steps such as [standardise]"
        )
    steps: Steps = []
    state: str | None = dataset.kind.starts_as
    for entry in recipe:
        name, options = _step(entry, place)
        where = f"{place}, {name}"
        own = dict(options)
        module = plugin("preprocessing", name, None, own.pop("file", None), where)
        step = plugin_class("preprocessing", module, where)
        kinds = kinds_of("preprocessing", module, where)
        dataset.refuse_others(kinds, f"the step {name} works on", where)
        steps.append({"plugin": module, **_checked(own, step, where)})
        if step is not None:
            _check_images(step, dataset.kind, where)
            state = _after(step, state, dataset.kind.starts_as, steps[-1], where)
    return steps


def check_widths(steps: Steps, kind: Kind, place: str) -> None:
    """Refuse a logit whose alpha is too small for the width of the noise.

    Arguments:
        steps: The resolved steps.
        kind: The kind of data.
        place: The recipe in the config.

    Raises:
        UserError: The largest value, 1, would leave the range of the logit with its noise.
    """
    names = [step["plugin"].rpartition(".")[2] for step in steps]
    shares = [i for i, step in enumerate(steps) if _takes_out_totals(step["plugin"])]
    if not shares or "logit" not in names:
        return
    first, last = shares[0], names.index("logit")
    widths = [s["width"] for s, m in zip(steps, names, strict=True) if m == "noise"]
    inside = [m == "noise" for m in names[first:last]]
    if not any(inside):
        return
    alpha = steps[last].get("alpha", 1e-6)
    width = max(widths) * float(np.max(kind.noise_scale))
    if (1 - 2 * alpha) * width > alpha:
        raise UserError(
            f"{place}, logit: alpha {alpha:g} must be above the width of the noise, which is "
            f"{width:g} in the largest values of the data"
        )


def check_use(
    card: dict[str, Any], named: bool, generator: Plugin, dataset: Dataset, place: str
) -> None:
    """Refuse a generator with a recipe that it does not take, or without one that it needs.

    Arguments:
        card: The card of the generator as a stage gets it.
        named: Whether the config names a recipe for it.
        generator: Its class, which says whether it takes a `recipe`, none or any, and whether
            that must take out the totals (`takes_totals`) of a kind that has some.
        dataset: The dataset that it models.
        place: The generator in the config.

    Raises:
        UserError: The recipe does not fit.
    """
    wanted = generator.says("recipe")
    if wanted in (None, "none"):
        if wanted and named:
            raise UserError(f"{place}: it takes no recipe, `preprocessing` must go")
        return
    steps = card.get("preprocessing")
    if steps is None:
        raise UserError(
            f"{place}: it needs a recipe, for example preprocessing: {_example(dataset)}"
        )
    if not (generator.says("takes_totals") and dataset.kind.n_totals):
        return
    if all(_takes_out_totals(step["plugin"]) is False for step in steps):
        known = [name for name in modules("preprocessing") if _would_take_out(name, dataset)]
        named_step = f" `{known[0]}`," if known else ""
        raise UserError(
            f"{place}.preprocessing: no step{named_step} which takes out the totals that it "
            "learns apart from the shares"
        )


def _example(dataset: Dataset) -> str:
    """The first recipe of all studies that works on a dataset."""
    for name, recipe in shipped_recipes().items():
        with suppress(UserError):
            resolved(recipe, dataset, name)
            return name
    return "[standardise]"


def _would_take_out(name: str, dataset: Dataset) -> bool:
    """Whether a step of the package works on a dataset and takes out its totals."""
    module = package_module("preprocessing", name) or ""
    return bool(_takes_out_totals(module)) and dataset.takes(kinds_of("preprocessing", module, ""))


def _takes_out_totals(module: str) -> bool | None:
    """Whether a step takes out totals; None if this is known only after its import."""
    step = plugin_class("preprocessing", module, "config, preprocessing")
    return step.says("takes_out_totals") if step else None


def _check_images(step: Plugin, kind: Kind, place: str) -> None:
    """Refuse mirror images for a kind without symmetries."""
    if step.says("needs_symmetries"):
        kind.refuse_without_symmetries(place)


def _step(entry: Any, place: str) -> tuple[str, dict[str, Any]]:
    if isinstance(entry, str):
        return entry, {}
    if isinstance(entry, dict) and len(entry) == 1:
        ((name, options),) = entry.items()
        if isinstance(name, str) and isinstance(options, dict | None):
            return name, options or {}
    raise UserError(f"{place}: {entry!r} is not a step, a name or name: {{options}}")


def _checked(given: dict[str, Any], step: Plugin | None, place: str) -> dict[str, Any]:
    """The options of a step, checked by the arguments of its class."""
    if step is None:
        return checked_options(given, None, place)
    required, defaults, kinds = step.arguments("kind")
    options = checked_options(given, (defaults, kinds | (step.says("limits") or {})), place)
    if lacking := sorted(required - set(options)):
        raise UserError(f"{place}: the option `{lacking[0]}` must be given")
    return options


def _after(
    step: Plugin, state: str | None, start: str, options: dict[str, Any], place: str
) -> str | None:
    """The type of data after a step, from that before it; None if a step does not declare it."""
    takes = step.says("takes")
    if state is None or takes is None:
        return None
    if state not in takes:
        raise UserError(f"{place}: it takes {' or '.join(takes)}, and gets {state}")
    if options.get("layers") and state == start:
        raise UserError(
            f"{place}: `layers: true` is for totals, such as energies of layers, "
            "which no step before it takes out"
        )
    return step.says("gives") or state
