"""Numbers of jets in HDF5: `high_level` (N, 7), float32, and perhaps `group` (N,)."""

from __future__ import annotations

from typing import ClassVar

from ultimetric.kinds.flat import FlatRows


class Numbers(FlatRows):
    """One row of numbers per jet."""

    name: ClassVar = "high_level"
    datasets: ClassVar = name
