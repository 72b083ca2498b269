"""Pages of the files that users write: every key, from the models that check them."""

from __future__ import annotations

import json
from typing import Any

from ultimetric.config.schema import schemas

TITLES = {
    "config": "Keys of a config",
    "geometry": "Keys of a geometry",
    "detector": "Keys of a detector",
    "download": "Keys of published data",
}
HEAD = "| key | what it may be | default | meaning |\n|---|---|---|---|\n"
LARGE = 10**12
# Plain words for the types of JSON.
TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "set of keys",
    "array": "list",
}


def schema_pages() -> dict[str, str]:
    """A page for each schema; one that has no title above has its name."""
    return {name: page(TITLES.get(name, name), schema) for name, schema in schemas().items()}


def page(title: str, schema: dict[str, Any]) -> str:
    """A table of keys for the file, then one for each set of keys in it."""
    sections = schema.get("$defs", {})
    parts = [f"# {title}\n\n{section(schema, sections)}"]
    for name, part in sections.items():
        if "properties" in part:
            parts.append(f"## {name}\n\n{section(part, sections)}")
    return "\n".join(parts)


def section(part: dict[str, Any], sections: dict[str, Any]) -> str:
    """The description of a set of keys, and the table of its keys.

    Arguments:
        part: The schema of the keys.
        sections: The schemas of all sets of keys, by name.
    """
    required = part.get("required", ())
    rows = [
        f"| `{key}` | {allowed(field)} | {default(key, field, required)} "
        f"| {meaning(field, sections)} |\n"
        for key, field in part.get("properties", {}).items()
    ]
    text = part.get("description", "")
    more = "\nFurther keys are options of what is named.\n" if part_is_open(part) else ""
    return f"{text}\n\n{HEAD}{''.join(rows)}{more}"


def part_is_open(part: dict[str, Any]) -> bool:
    """Whether other keys than these are allowed."""
    return bool(part.get("additionalProperties", True))


def allowed(field: dict[str, Any]) -> str:
    """What a value may be, in plain words.

    >>> allowed({"type": ["array", "null"], "items": {"type": "string"}})
    'list of text'
    >>> allowed({"type": "integer", "minimum": 1, "maximum": 9})
    'whole number, 1 to 9'
    """
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return " or ".join(f"`{x}`" for x in field["enum"] if x is not None)
    choices = field.get("anyOf") or field.get("oneOf")
    if choices:
        return " or ".join(dict.fromkeys(filter(None, map(allowed, choices))))
    types = field.get("type", [])
    types = [types] if isinstance(types, str) else types
    words = " or ".join(TYPES[x] for x in types if x != "null")
    inner = field.get("items") or field.get("additionalProperties")
    if isinstance(inner, dict) and (of := allowed(inner)):
        words = f"{words} of {of}" if "items" in field else f"one {of} for each name"
    return words + limits(field)


def limits(field: dict[str, Any]) -> str:
    """The range of a number, as the end of a sentence; ends that no one reaches are left out."""
    low, high = field.get("minimum"), field.get("maximum", LARGE)
    above = field.get("exclusiveMinimum")
    if low is not None and high < LARGE:
        return f", {low} to {high}"
    if low is not None:
        return f", {low} or more"
    return "" if above is None else f", above {above}"


def default(key: str, field: dict[str, Any], required: list[str] | tuple[str, ...]) -> str:
    """The default of a key; whether it must be given. Keys of a set have defaults of their own."""
    if key in required:
        return "must be given"
    value = field.get("default")
    return "" if value is None or isinstance(value, dict) else f"`{json.dumps(value)}`"


def meaning(field: dict[str, Any], sections: dict[str, Any]) -> str:
    """The description of a key, or of the keys that it has, on one line of a table."""
    named = [x["$ref"] for x in (field, *field.get("anyOf", ())) if "$ref" in x]
    of = sections[named[0].rpartition("/")[2]] if named else {}
    return (field.get("description") or of.get("description", "")).replace("|", "\\|")
