"""Types of the fields of configs and other YAML files, and the base class of their models.

Numbers follow YAML 1.2: the text `1e-2` is a number, and 3.0 is a whole number where one is
needed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    WrapValidator,
    model_validator,
)

from ultimetric.forms.names import unknown_key
from ultimetric.forms.values import as_number, as_whole, shown

NAME = "^[A-Za-z][A-Za-z0-9_]{0,99}$"
STUDY_NAME = "^[A-Za-z][A-Za-z0-9_-]{0,99}$"
FILE_NAME = r"^[A-Za-z0-9][A-Za-z0-9._+-]*$"  # without folders
MD5, SHA256 = "^[0-9a-f]{32}$", "^[0-9a-f]{64}$"
# What a text with a pattern must be, in words.
PATTERNS = {
    NAME: "a letter and at most 99 letters, digits and _ behind it",
    STUDY_NAME: "a letter and at most 99 letters, digits, _ and - behind it",
    FILE_NAME: "a letter or digit and letters, digits, ., _, + and - behind it",
    MD5: "a checksum of 32 digits 0 to f",
    SHA256: "a checksum of 64 digits 0 to f",
}
WRONG_TYPE = "wrong_type"  # none of the types of some alternatives
TEXT, KEYS, LIST = "<text>", "<keys>", "<list>"  # tags of alternatives; no name is like them


class FieldError(ValueError):
    """The error of a validator, whose sentence lacks the place only."""


class UnknownKeyError(FieldError):
    """A key that is not known."""


class Section(BaseModel):
    """A set of keys in a YAML file; unknown keys are refused, with the key that may be meant."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _no_other_keys(cls, given: Any) -> Any:
        if isinstance(given, dict) and cls.model_config["extra"] == "forbid":
            for key in given:
                if key not in cls.model_fields:
                    raise UnknownKeyError(unknown_key(key, cls.model_fields, ""))
        return given


class OpenSection(Section):
    """A set of keys to which a plug-in adds options of its own; planning checks those."""

    model_config = ConfigDict(extra="allow")

    @property
    def options(self) -> dict[str, Any]:
        """The keys that are options of the plug-in."""
        return dict(self.model_extra or {})


def either(**tags: str) -> Discriminator:
    """The choice between alternatives by the type of a value: a text, a list or a set of keys.

    Arguments:
        tags: What each alternative is in words, by the tag of its type without brackets.
    """

    def tag(value: Any) -> str | None:
        name = "text" if isinstance(value, str) else "list" if isinstance(value, list) else "keys"
        known = name in tags and isinstance(value, str | list | dict | BaseModel)
        return f"<{name}>" if known else None

    return Discriminator(
        tag, custom_error_type=WRONG_TYPE, custom_error_message=" or ".join(tags.values())
    )


def by_key(key: str, present: str, absent: str) -> Discriminator:
    """The choice between two models by the presence of a key."""

    def tag(value: Any) -> str:
        has = key in value if isinstance(value, dict) else getattr(value, key, None) is not None
        return present if has else absent

    return Discriminator(tag)


def _checked(value: Any, check: Callable[[Any], Any]) -> Any:
    """The value as it is written, since the check would turn 3 into 3.0."""
    number = as_number(value)
    check(number)
    return number


def _unique(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise FieldError(f"{shown(values)} has an entry twice")
    return values


Whole = Annotated[int, BeforeValidator(as_whole)]
Size = Annotated[int, Field(ge=0, le=1_000_000_000), BeforeValidator(as_whole)]
Positive = Annotated[float, Field(gt=0), WrapValidator(_checked)]
NotNegative = Annotated[float, Field(ge=0), WrapValidator(_checked)]
Name = Annotated[str, StringConstraints(pattern=NAME)]
Names = Annotated[
    list[Name],
    Field(min_length=1, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_unique),
]
