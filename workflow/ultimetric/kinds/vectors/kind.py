"""The kind `vectors`: points of R^d, each drawn independently of all others."""

from __future__ import annotations

from typing import Any, ClassVar

from ultimetric.kinds.base import Kind
from ultimetric.kinds.vectors.formats.rows import Vectors


class VectorKind(Kind):
    """Vectors of a number of dimensions, without a condition.

    Options:
        dimensions: The number of components.
    """

    entry = "vector"
    several = "vectors"
    made_by = "density"
    defaults: ClassVar = {"dimensions": 1}
    limits: ClassVar = {"dimensions": "whole in [1, 100000]"}
    formats = (Vectors(),)

    def __init__(
        self, options: dict[str, Any], parts: dict[str, list[dict[str, Any]]] | None = None
    ) -> None:
        super().__init__(options, parts)
        self.n_values = self.options["dimensions"]

    def value_names(self) -> list[str]:
        return [f"x_{k}" for k in range(1, self.n_values + 1)]

    def value_words(self, name: str) -> str:
        return f"component {name.removeprefix('x_')}"
