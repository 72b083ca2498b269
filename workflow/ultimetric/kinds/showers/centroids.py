"""Observables of the position of the energy in a layer: centroids and widths."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from ultimetric.kinds.observables import Measured, Observable
from ultimetric.kinds.showers.binning import WIDTHS, by_layer, has_few_layers
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers

SYMBOLS = {"phi": r"\phi", "eta": r"\eta", "x": "x", "y": "y", "r": "r"}
CENTRES = {"r": "mean radius"}
# Names of the coordinates of polar cells in the CaloChallenge.
PUBLISHED = {"x": "eta", "y": "phi", "r": "r"}


def centroids(geometry: Geometry) -> list[Observable]:
    """Means and widths in each coordinate and, for few layers, distances of means; all in mm.

    Both coordinates are those of the geometry, of the layers whose cells have a position; polar
    cells have the radius besides, in all layers.
    """
    layers, located = range(geometry.n_layers), geometry.located
    both: list[Observable] = [
        *(_centre(geometry, name, k, partial(_moment, n, k)) for name, n, k in _each(geometry)),
        *(_width(geometry, name, k, partial(_moment, 2 + n, k)) for name, n, k in _each(geometry)),
    ]
    pairs = combinations(located, 2) if has_few_layers(geometry) else ()
    distances: list[Observable] = [_distance(geometry, k, other) for k, other in pairs]
    if not geometry.angular:
        return both + distances
    return [
        *both,
        *(_centre(geometry, "r", k, partial(_radial, 0, k)) for k in layers),
        *(_width(geometry, "r", k, partial(_radial, 1, k)) for k in layers),
        *distances,
    ]


def _each(geometry: Geometry) -> list[tuple[str, int, int]]:
    """Name and number of each coordinate, and the place of each layer that has it."""
    names = enumerate(geometry.coordinates)
    return [(name, n, k) for n, name in names for k in geometry.located]


def _centre(
    geometry: Geometry, name: str, k: int, function: Callable[[Any], np.ndarray]
) -> Measured:
    i, end = geometry.layer_numbers[k], geometry.grids[k].extent_mm
    half, what = end / 2, CENTRES.get(name, f"centre in {name}")
    return Measured(
        name=f"{name}_{i}",
        function=function,
        label=rf"$\langle {SYMBOLS[name]}\rangle_{{{i}}}$",
        words=f"{what}, layer {i}{_published(geometry, name, 'EC')}",
        unit="mm",
        edges=np.linspace(0, end, 97) if name == "r" else np.linspace(-half, half, 97),
        group="centroids",
        layer=i,
        log_y=True,
    )


def _width(
    geometry: Geometry, name: str, k: int, function: Callable[[Any], np.ndarray]
) -> Measured:
    i = geometry.layer_numbers[k]
    # Rings are as wide in x and y as in the radius.
    first = 0 if name == "r" else geometry.coordinates.index(name)
    return Measured(
        name=f"{WIDTHS[name]}_{i}",
        function=function,
        label=rf"$\sigma_{{{SYMBOLS[name]},{i}}}$",
        words=f"width in {name}, layer {i}{_published(geometry, name, 'width')}",
        unit="mm",
        edges=np.logspace(*by_layer(geometry, (0, 3), (0, 2), (0, 3))[k], 100),
        group="centroids",
        layer=i,
        x_scale="log",
        resolution=geometry.grids[k].resolution_mm[first],
    )


def _distance(geometry: Geometry, k: int, other: int) -> Measured:
    name, half = geometry.coordinates[0], geometry.extent_mm / 2
    i, j = geometry.layer_numbers[k], geometry.layer_numbers[other]
    return Measured(
        name=f"{name}_{i}-{name}_{j}",
        function=partial(_difference, k, other),
        label=(
            rf"$\langle {SYMBOLS[name]}\rangle_{{{i}}}-\langle {SYMBOLS[name]}\rangle_{{{j}}}$"
        ),
        words=f"distance in {name} between the centres of layers {i} and {j}",
        unit="mm",
        edges=np.linspace(-half, half, 50),
        group="centroids",
        log_y=True,
    )


def _published(geometry: Geometry, name: str, quantity: str) -> str:
    """The name in the CaloChallenge of a quantity of polar cells, in brackets; else empty."""
    return f" ({quantity}_{PUBLISHED[name]})" if geometry.angular else ""


def _moment(n: int, k: int, showers: Showers) -> np.ndarray:
    return showers.measures.moments[k][n]


def _radial(n: int, k: int, showers: Showers) -> np.ndarray:
    return showers.measures.radial[k][n]


def _difference(k: int, other: int, showers: Showers) -> np.ndarray:
    return _moment(0, k, showers) - _moment(0, other, showers)
