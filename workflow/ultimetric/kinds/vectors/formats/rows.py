"""Vectors in HDF5: the dataset `vector` (N, d), float32."""

from __future__ import annotations

from typing import ClassVar

from ultimetric.kinds.flat import FlatRows


class Vectors(FlatRows):
    """One row per vector."""

    name: ClassVar = "vector"
