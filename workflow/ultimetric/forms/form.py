"""Whether content read from YAML has the form that a schema describes, in sentences."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from ultimetric.errors import UserError
from ultimetric.forms.names import meant, unknown_key
from ultimetric.forms.values import as_number, as_whole, shown
from ultimetric.strict_yaml import read_yaml

SCHEMAS = Path(__file__).parents[2] / "schemas"
TYPES = {
    "object": "a set of keys",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
PLAIN = (str, int, float, bool, type(None))


def conformed(content: Any, schema: str, place: str) -> Any:
    """The content, its numbers as they are meant: 1e-2 is one, 3.0 is whole where that is needed.

    Arguments:
        content: as read from YAML.
        schema: name of a file of workflow/schemas. Beside the keywords of JSON schema it has
            `says`: what a text with a pattern must be, in words.
        place: what the content is, for messages.

    Raises:
        UserError: one sentence on what does not fit.
    """
    check_plain(content, place)
    rules = _rules(SCHEMAS / f"{schema}.schema.yaml")
    content = _converted(content, rules, rules)
    errors = list(Draft202012Validator(rules).iter_errors(content))
    # A key that is not known may be one that is missing, misspelt.
    unknown = [error for error in errors if error.validator == "additionalProperties"]
    if error := best_match(unknown or errors):
        parts = [str(part) for part in error.absolute_path]
        raise UserError(_sentence(error, ", ".join(filter(None, [place, ".".join(parts)]))))
    return content


@cache
def _rules(path: Path) -> dict[str, Any]:
    return read_yaml(path)


def check_plain(value: Any, place: str, above: tuple[int, ...] = ()) -> None:
    """Refuse what YAML can say and no config needs.

    Arguments:
        value: as read from YAML.
        place: what it is, for messages.
        above: identities of what it is inside.

    Raises:
        UserError: a key that is no text, a value that is inside itself, of no plain type, or not
            finite, or a NUL character.
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


def _converted(value: Any, rules: dict[str, Any], root: dict[str, Any]) -> Any:
    if reference := rules.get("$ref"):
        rules = root
        for part in reference.removeprefix("#/").split("/"):
            rules = rules[part]
    if isinstance(value, dict):
        known, others = rules.get("properties", {}), rules.get("additionalProperties")
        others = others if isinstance(others, dict) else {}
        return {k: _converted(x, known.get(k, others), root) for k, x in value.items()}
    if isinstance(value, list):
        return [_converted(x, rules.get("items", {}), root) for x in value]
    if rules.get("type") == "integer":
        return as_whole(value)
    return as_number(value) if rules.get("type") == "number" else value


def _sentence(error: ValidationError, place: str) -> str:
    """What jsonschema found, in a sentence."""
    kind, wanted, value = error.validator, error.validator_value, error.instance
    if kind == "additionalProperties":
        known = error.schema["properties"]
        return unknown_key(next(key for key in value if key not in known), known, place)
    if kind == "required":
        missing = next(key for key in wanted if key not in value)
        return f"{place}: `{missing}` is missing"
    if kind == "pattern":
        what = "name" if "propertyNames" in error.absolute_schema_path else "text"
        return f"{place}: the {what} {shown(value)} is not {error.schema['says']}"
    if kind == "type":
        wanted = [wanted] if isinstance(wanted, str) else wanted
        types = " or ".join(TYPES[x] for x in wanted if x != "null")
        return f"{place}: {shown(value)} is not {types}"
    if kind == "enum":
        hint = meant(value, wanted)
        return f"{place}: {shown(value)} is not one of {', '.join(map(str, wanted))}{hint}"
    limits = {
        "minimum": "is below {}",
        "maximum": "is above {}",
        "exclusiveMinimum": "is not above {}",
        "multipleOf": "is not a multiple of {}",
        "minItems": "has fewer than {} entries",
        "maxItems": "has more than {} entries",
        "minProperties": "has fewer than {} entries",
        "uniqueItems": "has an entry twice",
    }
    if kind in limits:
        return f"{place}: {shown(value)} {limits[kind].format(wanted)}"
    return f"{place}: {error.message}"
