"""Observables of the position of the energy in a layer: centroids and widths."""

from __future__ import annotations

from functools import partial
from itertools import combinations

import numpy as np

from ultimetric.kinds.observables import Measured, Observable
from ultimetric.kinds.showers.binning import WIDTHS, by_layer, has_few_layers
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers

SYMBOLS = {"phi": r"\phi", "eta": r"\eta", "x": "x", "y": "y"}


def centroids(geometry: Geometry) -> list[Observable]:
    """Means and widths in both coordinates and, for few layers, distances of means; all in mm."""
    n_layers, half = geometry.n_layers, geometry.extent_mm / 2
    powers = by_layer(geometry, (0, 3), (0, 2), (0, 3))
    pairs = combinations(range(n_layers), 2) if has_few_layers(geometry) else ()
    first = geometry.coordinates[0]
    return [
        *(
            Measured(
                name=f"{name}_{i}",
                function=partial(_moment, k, i),
                label=rf"$\langle {SYMBOLS[name]}\rangle_{{{i}}}$",
                words=f"centre in {name}, layer {i}",
                unit="mm",
                edges=np.linspace(-half, half, 97),
                group="centroids",
                layer=i,
                log_y=True,
            )
            for k, name in enumerate(geometry.coordinates)
            for i in range(n_layers)
        ),
        *(
            Measured(
                name=f"{WIDTHS[name]}_{i}",
                function=partial(_moment, 2 + k, i),
                label=rf"$\sigma_{{{SYMBOLS[name]},{i}}}$",
                words=f"width in {name}, layer {i}",
                unit="mm",
                edges=np.logspace(*power, 100),
                group="centroids",
                layer=i,
                x_scale="log",
                resolution=geometry.grids[i].resolution_mm[k],
            )
            for k, name in enumerate(geometry.coordinates)
            for i, power in enumerate(powers)
        ),
        *(
            Measured(
                name=f"{first}_{i}-{first}_{j}",
                function=partial(_distance, i, j),
                label=(
                    rf"$\langle {SYMBOLS[first]}\rangle_{{{i}}}-"
                    rf"\langle {SYMBOLS[first]}\rangle_{{{j}}}$"
                ),
                words=f"distance in {first} between the centres of layers {i} and {j}",
                unit="mm",
                edges=np.linspace(-half, half, 50),
                group="centroids",
                log_y=True,
            )
            for i, j in pairs
        ),
    ]


def _moment(k: int, i: int, showers: Showers) -> np.ndarray:
    return showers.measures.moments[i][k]


def _distance(i: int, j: int, showers: Showers) -> np.ndarray:
    return _moment(0, i, showers) - _moment(0, j, showers)
