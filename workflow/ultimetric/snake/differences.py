"""Describe the differences between two settings, or between two versions of the code."""

from __future__ import annotations

from typing import Any

from ultimetric.planning.fingerprint import PYTHON

LONGEST = 60  # characters of a value that are shown
NOTHING = object()


def of_settings(old: Any, new: Any, place: str = "") -> list[str]:
    """One sentence for each key whose value changed, by its dotted path; none if equal.

    >>> of_settings({"card": {"lr": 0.1, "batch": 8}}, {"card": {"lr": 0.2, "batch": 8}})
    ['card.lr: 0.1 -> 0.2']
    """
    if isinstance(old, dict) and isinstance(new, dict):
        keys = sorted({**old, **new})
        pairs = [(key, old.get(key, NOTHING), new.get(key, NOTHING)) for key in keys]
    elif _steps(old) and _steps(old) == _steps(new):
        pairs = list(zip(_steps(old), old, new, strict=True))
    elif type(old) is type(new) and old == new:
        return []
    else:
        return [f"{place}: {_text(old)} -> {_text(new)}"]
    return [
        sentence
        for key, before, now in pairs
        for sentence in of_settings(before, now, f"{place}.{key}" if place else key)
    ]


def of_code(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """One sentence for each module or package that changed, came or went.

    >>> of_code({"a": "1", "package torch": "2.13"}, {"a": "1", "package torch": "2.14"})
    ['package torch: 2.13 -> 2.14']
    """
    if old.get(PYTHON) != new.get(PYTHON):  # whose syntax trees differ everywhere
        return [f"python: {old.get(PYTHON)} -> {new.get(PYTHON)}"]
    return [
        _of_module(name, old.get(name), new.get(name))
        for name in sorted({**old, **new})
        if old.get(name) != new.get(name)
    ]


def _of_module(name: str, old: str | None, new: str | None) -> str:
    if name.startswith("package "):
        return f"{name}: {old or 'not used'} -> {new or 'not used'}"
    if old and new:
        return f"module {name} changed"
    return f"module {name} is {'no longer' if old else 'newly'} imported"


def _steps(value: Any) -> list[str]:
    """The names of the plug-ins in a list, such as the steps of a preprocessing."""
    if isinstance(value, list) and all(isinstance(x, dict) and "plugin" in x for x in value):
        return [x["plugin"].removesuffix(".py").replace("/", ".").split(".")[-1] for x in value]
    return []


def _text(value: Any) -> str:
    if value is NOTHING:
        return "(not there)"
    text = ", ".join(_steps(value)) or str(value).replace("\n", " ")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
