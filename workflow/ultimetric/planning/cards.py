"""Where a config entry's module is, and its hyper-parameters under a name (a card)."""

from __future__ import annotations

import re
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from ultimetric.data.hdf5 import regular_file
from ultimetric.errors import UserError
from ultimetric.forms.names import one_of
from ultimetric.forms.values import shown
from ultimetric.planning.card_keys import card_keys, check_reserved, checked_override
from ultimetric.planning.declared import nearest_module, package_module, path_of
from ultimetric.strict_yaml import read_yaml

MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")


def plugin(folder: str, name: str, entry: dict[str, Any], place: str = "") -> str:
    """Module name, or path of a .py file, that a config entry means.

    Arguments:
        folder: A folder of the package with plug-ins, such as "generators" or "metrics".
        name: key of the entry, which is the module unless the entry says otherwise.
        entry: with `model` or `module` (a module of the package) or `file` (a path).
        place: the entry in the config, for messages; by default folder and name.

    Raises:
        UserError: no such module or file, or both are given.
    """
    place = place or f"config, {folder}.{name}"
    if "file" in entry:
        if both := [key for key in ("model", "module") if key in entry]:
            raise UserError(f"{place}: `file` and `{both[0]}` are given, one of them must go")
        return own_file(entry["file"], place)
    module = str(entry.get("model", entry.get("module", name)))
    found = package_module(folder, module) if MODULE.match(module) else None
    if not found:
        hint = nearest_module(folder, module)
        raise UserError(f"{place}: no module {shown(module)} in ultimetric/{folder}{hint}")
    return found


def own_file(file: str, place: str) -> str:
    """The path of a plug-in of one's own, if it is a Python file.

    Raises:
        UserError: it is not.
    """
    if not file.endswith(".py"):
        raise UserError(f"{place}: {shown(file)} is not a .py file")
    try:
        regular_file(file)
    except UserError as error:
        raise UserError(f"{place}: {error}") from None
    return str(file)


def card(folder: str, name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Hyper-parameters of a config entry: its card, with the entry's `override` merged in.

    The cards of a module stand in the .yaml file beside it; a file without one has no card. Its
    part `resources` (gpu, mem_mb, runtime) says how to run, and changes no result.

    Arguments: as of `plugin`.

    Raises:
        UserError: no such card, a key that none of the module's cards has, or a value that it
            cannot have.
    """
    module = plugin(folder, name, entry)
    path = path_of(module)
    cards = cards_of(path)
    place = f"config, {folder}.{name}"
    chosen = entry.get("card", "cpu")
    if cards or "card" in entry:
        one_of(chosen, cards, f"{place}.card")
    check_reserved(cards.get(chosen, {}), f"{path.with_suffix('.yaml')}, {chosen}")
    override = entry.get("override", {})
    if cards or "file" not in entry:
        keys = card_keys(folder, path, cards) if override else {}
        override = checked_override(override, keys, f"{place}.override")
    else:
        check_reserved(override, f"{place}.override")
    return _merged(cards.get(chosen, {}), override)


def plugin_and_card(folder: str, name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Module and hyper-parameters of a config entry as a stage gets them."""
    chosen = deepcopy(card(folder, name, entry))
    chosen.pop("resources", None)
    return {"plugin": plugin(folder, name, entry), "card": chosen}


def cards_of(module: Path) -> dict[str, Any]:
    """The cards in the .yaml file beside a module, by name; none if there is no such file.

    Raises:
        UserError: the file is not a card for each of some names.
    """
    path = module.with_suffix(".yaml")
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else {}


@cache
def _read(path: Path, _: int) -> dict[str, Any]:
    cards = read_yaml(path)
    if not isinstance(cards, dict) or not all(isinstance(x, dict) for x in cards.values()):
        raise UserError(f"{path}: not a card under each name, such as cpu: {{threads: 1}}")
    return cards


def _merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    result = deepcopy(first)
    for key, value in second.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = _merged(result[key], value) if both else deepcopy(value)
    return result
