"""Refuse values of YAML that no file of a study needs."""

from __future__ import annotations

import math
from typing import Any

from ultimetric.errors import UserError
from ultimetric.forms.values import shown

PLAIN = (str, int, float, bool, type(None))


def check_plain(value: Any, place: str, above: tuple[int, ...] = ()) -> None:
    """Refuse values of YAML that no config needs.

    Arguments:
        value: A value as read from YAML.
        place: The name of the value, for messages.
        above: The identities of the values that contain it.

    Raises:
        UserError: A key is not a text, or a value contains itself, is of no plain type, is not
            finite, or has a NUL character.
    """
    if id(value) in above:
        raise UserError(f"{place}: it is inside itself")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise UserError(f"{place}: the key {key!r} is not a text; write it in quotes")
            check_plain(inner, f"{place}.{key}", (*above, id(value)))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            check_plain(inner, f"{place}[{i}]", (*above, id(value)))
    elif not isinstance(value, PLAIN):
        raise UserError(
            f"{place}: {shown(value)} is not a text, a number, a list or a set of keys"
        )
    elif isinstance(value, str) and "\0" in value:
        raise UserError(f"{place}: {shown(value)} has a NUL character")
    elif isinstance(value, float) and not math.isfinite(value):
        raise UserError(f"{place}: {value} is not a finite number")
