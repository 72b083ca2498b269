"""Where a config entry's module is, and its hyper-parameters under a name (a card)."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ultimetric.errors import UserError

PACKAGE = Path(__file__).parents[1]


def plugin(kind: str, name: str, entry: dict[str, Any]) -> str:
    """Module name, or path of a .py file, that a config entry means.

    Arguments:
        kind: folder of the package: generators, classifiers, metrics, figures, preprocessing.
        name: key of the entry, which is the module unless the entry says otherwise.
        entry: with `model` or `module` (a module of the package) or `file` (a path).

    Raises:
        UserError: no such module or file.
    """
    if "file" in entry:
        if not Path(entry["file"]).is_file():
            raise UserError(f"config, {kind}.{name}: no file {entry['file']}")
        return str(entry["file"])
    module = entry.get("model", entry.get("module", name))
    if not (PACKAGE / kind / f"{module}.py").is_file():
        raise UserError(f"config, {kind}.{name}: no module {module!r} in ultimetric/{kind}")
    return f"ultimetric.{kind}.{module}"


def card(kind: str, name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Hyper-parameters of a config entry: its card, with the entry's `override` merged in.

    The cards of a module stand in the .yaml file beside it; a file without one has no card. Its
    part `resources` (gpu, mem_mb, runtime) says how to run, and changes no result.

    Raises:
        UserError: no such card.
    """
    module = plugin(kind, name, entry)
    path = Path(module) if "file" in entry else PACKAGE / kind / f"{module.split('.')[-1]}.py"
    cards = _cards(path.with_suffix(".yaml"))
    chosen = entry.get("card", "cpu")
    if cards and chosen not in cards:
        known = ", ".join(cards)
        raise UserError(f"config, {kind}.{name}: card {chosen!r} is not one of {known}")
    return _merged(cards.get(chosen, {}), entry.get("override", {}))


def plugin_and_card(kind: str, name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Module and hyper-parameters of a config entry as a stage gets them."""
    chosen = deepcopy(card(kind, name, entry))
    chosen.pop("resources", None)
    return {"plugin": plugin(kind, name, entry), "card": chosen}


def _cards(path: Path) -> dict[str, Any]:
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else {}


@cache
def _read(path: Path, _: int) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


def _merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    result = deepcopy(first)
    for key, value in second.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = _merged(result[key], value) if both else deepcopy(value)
    return result
