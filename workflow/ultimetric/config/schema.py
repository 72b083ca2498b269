"""Write the JSON schemas of the files that users write: `python -m ultimetric.config.schema`.

They are generated from the models, for editors and for readers. Programs read the models.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from ultimetric.config.models import Config
from ultimetric.downloads.published import RecordEntry
from ultimetric.folders import PACKAGE, WORKFLOW

FOLDER = WORKFLOW / "schemas"
NULL = {"type": "null"}
WIDTH = 90  # of a line of a schema, without its key
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Generate(GenerateJsonSchema):
    """Schemas without titles that repeat a name, and without defaults that are nothing."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: Any) -> dict[str, Any]:
        found = super().default_schema(schema)
        return {k: x for k, x in found.items() if k != "default" or x not in (None, [], {})}

    def nullable_schema(self, schema: Any) -> dict[str, Any]:
        return _or_null(self.generate_inner(schema["schema"]))

    def dict_schema(self, schema: Any) -> dict[str, Any]:
        found = super().dict_schema(schema)
        for pattern, value in found.pop("patternProperties", {}).items():
            found |= {"propertyNames": {"pattern": pattern}, "additionalProperties": value}
        return found


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of a config, and those of the files that it names, by name."""
    found = {"config": _with_null(_schema(Config)), "download": _schema(RecordEntry)}
    for path in sorted(PACKAGE.glob("kinds/*/files.py")):
        module = importlib.import_module(f"ultimetric.kinds.{path.parent.name}.files")
        found |= {name: _schema(model) for name, model in module.SCHEMAS.items()}
    return found


def text(schema: dict[str, Any]) -> str:
    """What a file with the schema has in it."""
    return _lines({"$schema": DIALECT, **schema}) + "\n"


def _lines(value: Any, indent: str = "") -> str:
    """JSON with what fits on one line on one line."""
    short = json.dumps(value, ensure_ascii=False)
    if len(short) <= WIDTH or not isinstance(value, dict | list):
        return short
    inner = indent + " "
    if isinstance(value, list):
        parts = [_lines(x, inner) for x in value]
    else:
        parts = [f"{json.dumps(k)}: {_lines(x, inner)}" for k, x in value.items()]
    opening, closing = "[]" if isinstance(value, list) else "{}"
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{closing}"


def file_of(name: str) -> Path:
    """The file of a schema."""
    return FOLDER / f"{name}.schema.json"


def _schema(model: Any) -> dict[str, Any]:
    return TypeAdapter(model).json_schema(schema_generator=_Generate)


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with null for every key and entry of a config, which removes it."""
    for part in [schema, *schema["$defs"].values()]:
        for name, field in part.get("properties", {}).items():
            if isinstance(entries := field.get("additionalProperties"), dict):
                field["additionalProperties"] = _or_null(entries)
            part["properties"][name] = _or_null(field)
    return schema


def _or_null(part: dict[str, Any]) -> dict[str, Any]:
    """A part that may be null."""
    type_ = part.get("type")
    if isinstance(type_, str) and "enum" not in part:
        return part | {"type": [type_, "null"]}
    if isinstance(type_, list):  # with null
        return part
    about = {key: part[key] for key in ("description", "default") if key in part}
    choices = part.get("anyOf") or [{k: x for k, x in part.items() if k not in about}]
    return about | {"anyOf": [*(x for x in choices if x != NULL), NULL]}


if __name__ == "__main__":
    for name, schema in schemas().items():
        file_of(name).write_text(text(schema), encoding="utf-8")
