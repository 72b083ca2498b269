"""Observables of where the energy of a layer lies: centroids and widths in phi and in eta."""

from __future__ import annotations

from functools import partial
from itertools import combinations

import numpy as np

from ultimetric.kinds.base import Measured, Observable
from ultimetric.kinds.showers.binning import by_layer
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers

PAIRED_LAYERS = 5  # with more layers, the pairs would outnumber all other observables


def centroids(geometry: Geometry) -> list[Observable]:
    """Means, widths and, in few layers, differences of the means in phi; all in mm."""
    n_layers, half = geometry.n_layers, geometry.extent_mm / 2
    powers = by_layer(geometry, (0, 3), (0, 2), (0, 3))
    pairs = combinations(range(n_layers), 2) if n_layers <= PAIRED_LAYERS else ()
    return [
        *(
            Measured(
                name=f"{name}_{i}",
                function=partial(_moment, k, i),
                label=rf"$\langle\{name}\rangle_{{{i}}}$",
                words=f"centre in {name}, layer {i}",
                unit="mm",
                edges=np.linspace(-half, half, 97),
                group="centroids",
                layer=i,
                log_y=True,
            )
            for k, name in enumerate(("phi", "eta"))
            for i in range(n_layers)
        ),
        *(
            Measured(
                name=f"{name}_{i}",
                function=partial(_moment, 2 + k, i),
                label=rf"$\sigma_{{\{axis},{i}}}$",
                words=f"width in {axis}, layer {i}",
                unit="mm",
                edges=np.logspace(*power, 100),
                group="centroids",
                layer=i,
                x_scale="log",
                resolution=2 * geometry.extent_mm / geometry.shapes[i][k] / np.sqrt(12),
            )
            for k, (name, axis) in enumerate((("sigma", "phi"), ("sigma_eta", "eta")))
            for i, power in enumerate(powers)
        ),
        *(
            Measured(
                name=f"phi_{i}-phi_{j}",
                function=partial(_phi_difference, i, j),
                label=rf"$\langle\phi\rangle_{{{i}}}-\langle\phi\rangle_{{{j}}}$",
                words=f"distance in phi between the centres of layers {i} and {j}",
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


def _phi_difference(i: int, j: int, showers: Showers) -> np.ndarray:
    return _moment(0, i, showers) - _moment(0, j, showers)
