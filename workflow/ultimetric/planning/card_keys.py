"""The keys that a card may have and the kinds of their values."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any

from ultimetric.errors import UserError
from ultimetric.folders import WORKFLOW
from ultimetric.forms.names import no_other_keys
from ultimetric.forms.values import checked, common, kind_of
from ultimetric.planning.declarations import TYPES
from ultimetric.planning.fingerprint import SOURCE, parsed
from ultimetric.strict_yaml import read_yaml

LISTED = WORKFLOW / "resources" / "card_keys.yaml"
SCHEDULE = SOURCE / "ultimetric" / "training" / "schedule.py"
FREE = "anything"
# Types by name; those of a nested part are a dict again.
Keys = dict[str, Any]


def card_keys(folder: str, module: Path, cards: dict[str, Any]) -> Keys:
    """The keys that a card of a module may have, with the kinds of their values.

    Arguments:
        folder: The folder of the package.
        module: The path of the module.
        cards: The cards of the module, by name; a key of one card is allowed in all.
    """
    limits = _listed()["limits"] | _listed().get(f"limits_{folder}", {})
    found = _together([_types_in(card, limits) for card in cards.values()], folder)
    optional = _listed()["optional"]
    for name in (folder, f"{folder}/{module.stem}"):
        if name == folder or module.is_relative_to(SOURCE / "ultimetric"):
            found = _with(found, optional.get(name, {}))
    return found | {"resources": _listed()["reserved"]["resources"]}


def checked_override(given: Any, keys: Keys | None, place: str) -> Any:
    """Return the changes of a card, with numbers converted, if they are valid.

    Arguments:
        given: The keys in the config.
        keys: The keys that it may have; None for a module outside the package without cards, which
            may have any.
        place: Their place in the config, for messages.

    Raises:
        UserError: A key is unknown, or a value is not what it must be.
    """
    if not isinstance(given, dict):
        raise UserError(f"{place}: {given!r} is not a set of keys, such as {{threads: 2}}")
    if keys is None:
        refuse_reserved(given, place)
        return given
    no_other_keys(given, keys, place)
    return {
        key: (
            checked_override(value, keys[key] or None, f"{place}.{key}")
            if isinstance(keys[key], dict)
            else checked(value, keys[key], f"{place}.{key}")
        )
        for key, value in given.items()
    }


def refuse_reserved(given: Any, place: str) -> None:
    """Refuse the key `plugin`, by which the program itself names modules.

    Raises:
        UserError: The key is somewhere in a value.
    """
    if isinstance(given, dict):
        if "plugin" in given:
            raise UserError(f"{place}: the key `plugin` is the program's own; choose another name")
        for key, value in given.items():
            refuse_reserved(value, f"{place}.{key}")
    elif isinstance(given, list):
        for value in given:
            refuse_reserved(value, place)


def check_reserved(card: dict[str, Any], place: str) -> None:
    """Refuse a card whose keys for planning have impossible values.

    Raises:
        UserError: A value is of another type, or the card names a module.
    """
    refuse_reserved(card, place)
    keys = _listed()["reserved"]
    checked_override({key: card[key] for key in keys if key in card}, keys, place)


@cache
def _listed() -> dict[str, Any]:
    return read_yaml(LISTED)


def _types_in(card: dict[str, Any], limits: dict[str, str]) -> Keys:
    return {
        key: _types_in(value, limits) if isinstance(value, dict) else _type(key, value, limits)
        for key, value in card.items()
    }


def _type(key: str, value: Any, limits: dict[str, str]) -> str:
    """The kind of a listed limit, if the value fits it; else the kind of the value."""
    own = kind_of(value)
    limit = limits.get(key, FREE)
    if own == "null" or limit == FREE or own.startswith("list") != limit.startswith("list"):
        return own
    return limit


def _together(cards: list[Keys], folder: str) -> Keys:
    """The keys of all cards."""
    keys: Keys = {}
    for key in dict.fromkeys(key for card in cards for key in card):
        values = [card[key] for card in cards if key in card]
        parts = [value for value in values if isinstance(value, dict)]
        if parts:
            keys[key] = _together(parts, folder)
            if key.startswith("train") and folder in ("generators", "analyses"):
                keys[key] = _schedule() | keys[key]
        else:
            keys[key] = common(values)
    return keys


@cache
def _schedule() -> Keys:
    """The keys of a schedule: the fields of its dataclass, with what their values must be."""
    limits = _listed()["limits"] | _listed()["limits_generators"]
    (node,) = (
        x for x in parsed(SCHEDULE).body if isinstance(x, ast.ClassDef) and x.name == "Schedule"
    )
    fields = [x for x in node.body if isinstance(x, ast.AnnAssign)]
    types = {ast.unparse(x.target): TYPES.get(ast.unparse(x.annotation), FREE) for x in fields}
    return {name: limits.get(name, type_) for name, type_ in types.items()}


def _with(first: Keys, second: Keys) -> Keys:
    """The keys of both, with the kinds of the first one where both have a key."""
    result = second | first
    for key in first.keys() & second.keys():
        if isinstance(first[key], dict) and isinstance(second[key], dict):
            result[key] = _with(first[key], second[key])
    return result
