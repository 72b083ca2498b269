"""Turn errors of pydantic into one clear sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from ultimetric.config.plain import check_plain
from ultimetric.config.types import PATTERNS, WRONG_TYPE, Section, UnknownKeyError
from ultimetric.errors import UserError
from ultimetric.forms.names import meant
from ultimetric.forms.values import shown

KEY = "[key]"  # what pydantic calls the place of a key
TYPES = {
    "string_type": "a text",
    "dict_type": "a set of keys",
    "model_type": "a set of keys",
    "list_type": "a list",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
}
LIMITS = {
    "greater_than_equal": "is below {ge}",
    "less_than_equal": "is above {le}",
    "greater_than": "is not above {gt}",
    "less_than": "is not below {lt}",
    "multiple_of": "is not a multiple of {multiple_of}",
    "too_short": "has fewer than {min_length} entries",
    "too_long": "has more than {max_length} entries",
}
Model = TypeVar("Model", bound=Section)


def conformed(model: type[Model], content: Any, place: str) -> Model:
    """The content of a file as a model.

    Arguments:
        model: The model that the content must fit.
        content: A set of keys as read from YAML.
        place: The name of the content, for messages.

    Raises:
        UserError: Something does not fit; the message is one sentence.
    """
    check_plain(content, place)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False)
    # A key that is not known may be one that is missing, misspelt.
    unknown = [x for x in found if isinstance(x.get("ctx", {}).get("error"), UnknownKeyError)]
    raise UserError(sentence((unknown or found)[0], place))


def sentence(error: Mapping[str, Any], place: str) -> str:
    """The sentence for an error of pydantic.

    Arguments:
        error: One of the errors of pydantic.
        place: The name of the content, for messages.
    """
    kind, value, about = error["type"], error["input"], error.get("ctx", {})
    # Tags of alternatives are no part of a place.
    parts = [str(x) for x in error["loc"] if not str(x).startswith("<")]
    of_key = parts[-1:] == [KEY]
    missing = kind == "missing"
    inner = parts[: -2 if of_key else -1 if missing else None]
    place = ", ".join(filter(None, [place, ".".join(inner)]))
    if missing:
        return f"{place}: `{parts[-1]}` is missing"
    if kind == "value_error":
        said = about["error"]
        return f"{place}{said}" if isinstance(said, UnknownKeyError) else f"{place}: {said}"
    if kind == "string_pattern_mismatch":
        what = "name" if of_key else "text"
        return f"{place}: the {what} {shown(value)} is not {PATTERNS[about['pattern']]}"
    if kind == "literal_error":
        known = re.findall("'([^']*)'", about["expected"])
        return f"{place}: {shown(value)} is not one of {', '.join(known)}{meant(value, known)}"
    if kind in LIMITS:
        return f"{place}: {shown(value)} {LIMITS[kind].format(**about)}"
    wanted = error["msg"] if kind == WRONG_TYPE else TYPES.get(kind)
    return f"{place}: {shown(value)} is not {wanted}" if wanted else f"{place}: {error['msg']}"
