"""Check values by descriptions in words: `whole >= 1`, `number in (0, 1)`, `linear | decades`.

    whole, number, text, flag      a flag is true or false
    observable                     its name; whether there is one, the geometry decides
    whole >= 1, number > 0         a limit; number in [0, 1) is an interval
    linear | decades               one of these texts
    list of whole >= 1             all of the list
    pair of text                   a list of two texts
    text or list of text           one or the other; "or null" allows null
    keys x, y: text                a set of these keys, with values of this kind
    anything                       any value of YAML

Numbers follow YAML 1.2: `1e-2`, which PyYAML takes for a text, is a number, and 3.0 is a whole
number where one is needed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from ultimetric.errors import UserError
from ultimetric.forms.names import meant, no_other_keys
from ultimetric.strict_yaml import FLOAT

LIMIT = re.compile(r"(whole|number)(?: (>=|>) (\S+)| in ([\[(])(\S+), (\S+)([\])]))?\Z")
LARGEST = 2**63  # the limit of integers in arrays
TYPES = {"text": str, "observable": str, "flag": bool}
NAMES = {
    "observable": "the name of an observable",
    "whole": "a whole number",
    "number": "a number",
    "text": "a text",
    "flag": "true or false",
}


def checked(value: Any, kind: str, place: str) -> Any:
    """Return a value, with numbers converted, if it is of a kind.

    Raises:
        UserError: It is not of this kind; the sentence begins with the place.
    """
    if kind == "anything":
        return value
    if kind.startswith("keys "):
        keys, _, inner = kind.removeprefix("keys ").partition(": ")
        if not isinstance(value, dict):
            raise UserError(f"{place}: {shown(value)} is not a set of keys, such as {keys}")
        no_other_keys(value, keys.split(", "), place)
        return {key: checked(x, inner, f"{place}.{key}") for key, x in value.items()}
    if " or " in kind:
        return _either(value, kind.split(" or "), place)
    if kind == "null":
        if value is not None:
            raise UserError(f"{place}: {shown(value)} is not null")
        return None
    if kind.startswith("list of "):
        if not isinstance(value, list):
            raise UserError(f"{place}: {shown(value)} is not a list")
        inner = kind.removeprefix("list of ")
        return [checked(x, inner, f"{place}[{i}]") for i, x in enumerate(value)]
    if kind.startswith("pair of "):
        if not isinstance(value, list) or len(value) != 2:
            raise UserError(f"{place}: {shown(value)} is not a list of two")
        return checked(value, kind.replace("pair", "list", 1), place)
    if LIMIT.match(kind):
        return _number(value, kind, place)
    if kind in TYPES:
        if not isinstance(value, TYPES[kind]):
            raise UserError(f"{place}: {shown(value)} is not {NAMES[kind]}")
        return value
    choices = kind.split(" | ")
    if value not in choices:
        raise UserError(
            f"{place}: {shown(value)} is not one of {', '.join(choices)}{meant(value, choices)}"
        )
    return value


def as_number(value: Any) -> Any:
    """The number of a text that is a number in YAML 1.2; any other value unchanged."""
    if isinstance(value, str) and FLOAT.match(value):
        return int(value) if re.fullmatch(r"[-+]?[0-9]+", value) else float(value)
    return value


def as_whole(value: Any) -> Any:
    """The whole number of one that is written with a point or an exponent."""
    number = as_number(value)
    whole = isinstance(number, float) and math.isfinite(number) and number == int(number)
    return int(number) if whole else number


def kind_of(example: Any) -> str:
    """The kind of an example value, in words."""
    if isinstance(example, bool):
        return "flag"
    if isinstance(example, int):
        return "whole"
    if isinstance(example, float):
        return "number"
    if isinstance(example, str):
        return "text"
    if example is None:
        return "null"
    if isinstance(example, list | tuple):
        kinds = {kind_of(x) for x in example}
        return f"list of {kinds.pop()}" if len(kinds) == 1 else "list of anything"
    return "anything"


def common(kinds: Iterable[str]) -> str:
    """The kind of values that may be of any of some kinds, in words."""
    found = set(kinds)
    null = " or null" if "null" in found else ""
    found.discard("null")
    if found == {"whole", "number"}:
        found = {"number"}
    if len(found) > 1:
        found.discard("list of anything")  # of an empty list
    if len(found) == 1:
        return found.pop() + null
    if found and all(kind.startswith("list of ") for kind in found):
        return "list of anything" + null
    return "anything"


def options(
    given: dict[str, Any], defaults: dict[str, Any], limits: dict[str, str], place: str
) -> dict[str, Any]:
    """Return options, with numbers converted, if they are valid.

    Arguments:
        given: The options in the config.
        defaults: All options with their defaults.
        limits: What the values of some options must be; the others must be of the type of their
            default.
        place: Their place in the config, for messages.

    Raises:
        UserError: An option is not known, or has a value that it cannot have.
    """
    no_other_keys(given, defaults, place)
    return {
        name: checked(value, limits.get(name) or _like(defaults[name]), f"{place}.{name}")
        for name, value in given.items()
    }


def _like(default: Any) -> str:
    return "anything" if default is None else kind_of(default)


def shown(value: Any) -> str:
    """A value in one short line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


@cache
def _limits(kind: str) -> tuple[str, float, bool, float, bool]:
    name, sign, low, opened, first, last, closed = LIMIT.match(kind).groups()
    if sign:
        return name, float(low), sign == ">", math.inf, False
    if opened:
        return name, float(first), opened == "(", float(last), closed == ")"
    return name, -math.inf, False, math.inf, False


def _either(value: Any, kinds: list[str], place: str) -> Any:
    refusals = []
    for kind in kinds:
        try:
            return checked(value, kind, place)
        except UserError as error:
            refusals.append(error)
    # Of a list or keys, what is wrong inside; of null, that it is not what it mostly is.
    inside = isinstance(value, list | dict) and len(kinds) > 1 and kinds[1] != "null"
    raise refusals[inside]


def _number(value: Any, kind: str, place: str) -> int | float:
    name, low, above, high, below = _limits(kind)
    number = as_whole(value) if name == "whole" else as_number(value)
    types = int if name == "whole" else (int, float)
    if isinstance(number, bool) or not isinstance(number, types) or not abs(number) < LARGEST:
        raise UserError(f"{place}: {shown(value)} is not {NAMES[name]}")
    outside = number <= low if above else number < low
    if outside or (number >= high if below else number > high):
        wanted = kind.replace(name, NAMES[name], 1)
        raise UserError(f"{place}: {shown(value)} is not {wanted}")
    return number
