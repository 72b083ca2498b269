"""Recipes of preprocessing: whether their steps exist and can follow one another."""

from __future__ import annotations

from typing import Any

import numpy as np

from ultimetric.errors import UserError
from ultimetric.kinds.base import Kind
from ultimetric.planning.cards import plugin
from ultimetric.planning.declared import Plugin, plugin_class
from ultimetric.planning.entries import OWN, checked_options

START = "deposits"  # what a recipe begins with: voxels in MeV
Steps = list[dict[str, Any]]


def resolved(recipe: Any, place: str) -> Steps:
    """Steps as a generator gets them: each with its module and its options.

    Arguments:
        recipe: a list of steps, each a name or {name: options}.
        place: the recipe in the config, for messages.

    Raises:
        UserError: the recipe is empty, a step or an option does not exist, or a step cannot follow
            those before it.
    """
    if not isinstance(recipe, list) or not recipe:
        raise UserError(
            f"{place}: {recipe!r} is not a recipe, a list of steps such as [normalise]"
        )
    steps, state = [], START
    for entry in recipe:
        name, options = _step(entry, place)
        where = f"{place}, {name}"
        module = plugin("preprocessing", name, options, where)
        step = plugin_class("preprocessing", module, where)
        own = {key: value for key, value in options.items() if key not in OWN}
        steps.append({"plugin": module, **_checked(own, step, where)})
        if step is not None:
            state = _after(step, state, steps[-1], where)
    return steps


def check_widths(steps: Steps, kind: Kind, place: str) -> None:
    """Refuse a logit whose alpha is too small for the noise on what it sees, at most 1.

    Arguments:
        steps: resolved.
        kind: of the data.
        place: the recipe in the config.

    Raises:
        UserError: a voxel that holds all of its layer would leave the range with its noise.
    """
    modules = [step["plugin"].rpartition(".")[2] for step in steps]
    if "normalise" not in modules or "logit" not in modules:
        return
    first, last = modules.index("normalise"), modules.index("logit")
    widths = [s["width"] for s, m in zip(steps, modules, strict=True) if m == "noise"]
    inside = [m == "noise" for m in modules[first:last]]
    if not any(inside):
        return
    alpha = steps[last].get("alpha", 1e-6)
    width = max(widths) * float(np.max(kind.noise_scale))
    if (1 - 2 * alpha) * width > alpha:
        raise UserError(
            f"{place}, logit: alpha {alpha:g} must be above the width of the noise, which is "
            f"{width:g} in the largest values of the data"
        )


def check_use(card: dict[str, Any], named: bool, wanted: str | None, place: str) -> None:
    """Refuse a generator with a recipe that it does not take, or without the one that it needs.

    Arguments:
        card: of the generator as a stage gets it.
        named: whether the config names a recipe for it.
        wanted: the class's `recipe`: none, any, or normalised (layer energies taken out).
        place: the generator in the config.

    Raises:
        UserError: one sentence.
    """
    if wanted in (None, "none"):
        if wanted and named:
            raise UserError(f"{place}: it takes no recipe, `preprocessing` must go")
        return
    steps = card.get("preprocessing")
    if steps is None:
        raise UserError(f"{place}: it needs a recipe, for example preprocessing: noise_after")
    modules = [step["plugin"].rpartition(".")[2] for step in steps]
    known = all(step["plugin"].startswith("ultimetric.") for step in steps)
    if wanted == "normalised" and known and "normalise" not in modules:
        raise UserError(
            f"{place}.preprocessing: no step `normalise`, which takes out the layer energies that "
            "it learns apart from the shapes"
        )


def _step(entry: Any, place: str) -> tuple[str, dict[str, Any]]:
    if isinstance(entry, str):
        return entry, {}
    if isinstance(entry, dict) and len(entry) == 1:
        ((name, options),) = entry.items()
        if isinstance(name, str) and isinstance(options, dict | None):
            return name, options or {}
    raise UserError(f"{place}: {entry!r} is not a step, a name or name: {{options}}")


def _checked(given: dict[str, Any], step: Plugin | None, place: str) -> dict[str, Any]:
    """Options of a step, by the arguments of its class."""
    if step is None:
        return checked_options(given, None, place)
    required, defaults, kinds = step.arguments("kind")
    options = checked_options(given, (defaults, kinds | (step.says("limits") or {})), place)
    if lacking := sorted(required - set(options)):
        raise UserError(f"{place}: the option `{lacking[0]}` must be given")
    return options


def _after(step: Plugin, state: str | None, options: dict[str, Any], place: str) -> str | None:
    """What a step makes of what the steps before it made; None where a step does not say."""
    takes = step.says("takes")
    if state is None or takes is None:
        return None
    if state not in takes:
        raise UserError(f"{place}: it takes {' or '.join(takes)}, and gets {state}")
    if options.get("layers") and state == START:
        raise UserError(
            f"{place}: `layers: true` is for energies of layers, which `normalise` takes out"
        )
    return step.says("gives") or state
