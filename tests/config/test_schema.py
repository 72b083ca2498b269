"""The JSON schemas in the repository are those of the models."""

from __future__ import annotations

import json

import pytest

from ultimetric.config.models import Config
from ultimetric.config.schema import FOLDER, file_of, schemas, text

SCHEMAS = schemas()


def test_no_schema_is_left_over() -> None:
    assert sorted(FOLDER.glob("*.json")) == sorted(map(file_of, SCHEMAS))


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_as_generated(name: str) -> None:
    """If it is not: python -m ultimetric.config.schema."""
    assert file_of(name).read_text() == text(SCHEMAS[name])


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_is_described(name: str) -> None:
    for title, part in SCHEMAS[name]["$defs"].items():
        for key, field in part.get("properties", {}).items():
            assert "description" in field, (title, key)


def test_keys_are_those_of_the_model() -> None:
    assert set(json.loads(file_of("config").read_text())["properties"]) == {*Config.model_fields}
