"""The layers of the content of a geometry file."""

from __future__ import annotations

from typing import Any


def layers_in(config: dict[str, Any]) -> list[dict[str, Any]]:
    """The layers of the content of a geometry file, with those of `times` one by one."""
    return [layer for layer in config["layers"] for _ in range(layer.get("times", 1))]


def numbers_in(config: dict[str, Any]) -> tuple[int, ...]:
    """The numbers of the layers of the content of a geometry file: those that are given, else one
    more than that of the layer before.
    """
    numbers: list[int] = []
    for layer in config["layers"]:
        first = layer.get("number", numbers[-1] + 1 if numbers else 0)
        numbers += range(first, first + layer.get("times", 1))
    return tuple(numbers)
