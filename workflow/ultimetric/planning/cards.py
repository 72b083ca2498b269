"""Find the module of a config entry, and its card, a named set of hyper-parameters."""

from __future__ import annotations

import re
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from ultimetric.config.entries import Classifier, Generator, Plugin
from ultimetric.data.hdf5 import regular_file
from ultimetric.errors import UserError
from ultimetric.forms.names import one_of
from ultimetric.forms.values import shown
from ultimetric.planning.card_keys import card_keys, check_reserved, checked_override
from ultimetric.planning.declared import nearest_module, package_module, path_of
from ultimetric.strict_yaml import read_yaml

DEFAULT = "cpu"  # the name of a card
NO_SETTINGS = ("resources", "departs")  # keys of a card on which no result depends
MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")
Entry = Generator | Classifier | Plugin


def module_of(folder: str, name: str, entry: Entry, place: str = "") -> str:
    """The module, or the path of a .py file, of an entry of the config.

    Arguments:
        folder: A folder of the package with plug-ins, such as "generators".
        name: The key of the entry, which is the default of the module.
        entry: The entry, with `model` or `module` (a module of the package) or `file` (a path).
        place: The entry in the config, for messages; by default folder and name.

    Raises:
        UserError: There is no such module or file, or both are given.
    """
    key = "model" if hasattr(entry, "model") else "module"
    return plugin(folder, name, getattr(entry, key), entry.file, place, key)


def plugin(
    folder: str,
    name: str,
    module: str | None = None,
    file: str | None = None,
    place: str = "",
    key: str = "module",
) -> str:
    """The module, or the path of a .py file, of a plug-in.

    Arguments:
        folder: A folder of the package with plug-ins.
        name: The name of the plug-in, which is the default of the module.
        module: The name of a module of the package.
        file: The path of a .py file.
        place: The place in the config, for messages; by default folder and name.
        key: The key of `module` in the config.

    Raises:
        UserError: There is no such module or file, or both are given.
    """
    place = place or f"config, {folder}.{name}"
    if file is not None:
        if module is not None:
            raise UserError(f"{place}: `file` and `{key}` are given, one of them must go")
        return own_file(file, place)
    module = str(module or name)
    found = package_module(folder, module) if MODULE.match(module) else None
    if not found:
        hint = nearest_module(folder, module)
        raise UserError(f"{place}: no module {shown(module)} in ultimetric/{folder}{hint}")
    return found


def own_file(file: str, place: str) -> str:
    """The path of a plug-in outside the package, if it is a Python file.

    Raises:
        UserError: It is not a Python file.
    """
    if not file.endswith(".py"):
        raise UserError(f"{place}: {shown(file)} is not a .py file")
    try:
        regular_file(file)
    except UserError as error:
        raise UserError(f"{place}: {error}") from None
    return str(file)


def card_of(
    folder: str, module: str, chosen: str | None, override: dict[str, Any], place: str
) -> dict[str, Any]:
    """The hyper-parameters of a plug-in: its card with changes.

    The cards of a module are in the .yaml file beside it, if there is one. The parts `resources`
    (gpu, mem_mb, runtime) and `departs` of a card change no result.

    Arguments:
        folder: A folder of the package with plug-ins.
        module: The module, or the path of a file.
        chosen: The name of the card; None for the default.
        override: The changes.
        place: The entry in the config.

    Raises:
        UserError: There is no such card, no card of the module has a key, or a value is
            impossible.
    """
    path = path_of(module)
    cards = cards_of(path)
    if cards or chosen is not None:
        one_of(chosen or DEFAULT, cards, f"{place}.card")
    card = cards.get(chosen or DEFAULT, {})
    check_reserved(card, f"{path.with_suffix('.yaml')}, {chosen or DEFAULT}")
    if cards or not module.endswith(".py"):
        keys = card_keys(folder, path, cards) if override else {}
        override = checked_override(override, keys, f"{place}.override")
    else:
        check_reserved(override, f"{place}.override")
    return _merged(card, override)


def hyper_parameters(card: dict[str, Any]) -> dict[str, Any]:
    """The part of a card on which results depend."""
    return {key: deepcopy(value) for key, value in card.items() if key not in NO_SETTINGS}


def cards_of(module: Path) -> dict[str, Any]:
    """The cards in the .yaml file beside a module, by name; none if there is no such file.

    Raises:
        UserError: The file is not a set of cards by name.
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
