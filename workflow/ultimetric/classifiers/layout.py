"""How the inputs of a classifier lie in space."""

from __future__ import annotations

from dataclasses import dataclass

from ultimetric.kinds.showers.geometry import Geometry


@dataclass(frozen=True)
class Points:
    """Inputs that begin with points, one after the other; absent ones are zero throughout.

    Arguments:
        number: of points, absent ones included.
        variables: of each point, its place first, e.g. ("eta", "phi", "pt").
    """

    number: int
    variables: tuple[str, ...]


# The voxels of a calorimeter, layer by layer, or points.
Layout = Geometry | Points
