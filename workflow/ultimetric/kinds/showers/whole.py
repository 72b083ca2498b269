"""Observables of a whole shower in a box of many layers, as in "Getting High" (arXiv:2005.05334).

Beside the mean depth s_d, which is its centre of gravity along the beam in layers.
"""

from __future__ import annotations

from functools import partial
from math import prod

import numpy as np

from ultimetric.kinds.observables import Measured, Observable
from ultimetric.kinds.showers.binning import has_few_layers, largest_GeV, resolved_MeV
from ultimetric.kinds.showers.geometry import GEV, Geometry
from ultimetric.kinds.showers.kind import Showers
from ultimetric.kinds.showers.measures import ratio

HIT = 10  # a mean hit is about this many times as large as the smallest one
CELLS = 2  # around the beam, in which centres of gravity lie


def whole(geometry: Geometry) -> list[Observable]:
    """The number of hits, the centre of gravity in both coordinates and the mean distance from the
    beam; none but in a box of many layers.
    """
    if not geometry.box or has_few_layers(geometry):
        return []
    n_hits = min(geometry.n_voxels, largest_GeV(geometry) * GEV / (HIT * resolved_MeV(geometry)))
    return [
        Measured(
            name="n_hits",
            function=_hits,
            label=r"$N_\mathrm{hits}$",
            words="number of hits",
            edges=np.linspace(0, np.ceil(n_hits), 101),
            group="shape",
        ),
        *(_centre(geometry, k, name) for k, name in enumerate(geometry.coordinates)),
        Measured(
            name="radius",
            function=_radius,
            label=r"$\langle r\rangle$",
            words="mean distance from the beam",
            unit="mm",
            edges=np.linspace(0, geometry.extent_mm / 4, 101),
            group="centroids",
        ),
    ]


def _centre(geometry: Geometry, k: int, name: str) -> Measured:
    cell_mm = 2 * geometry.extent_mm / geometry.shapes[0][k]
    return Measured(
        name=f"centre_{name}",
        function=partial(_centre_of_gravity, k),
        label=rf"centre of gravity in ${name}$",
        words=f"centre of gravity in {name}",
        unit="mm",
        edges=geometry.beam_mm[k] + CELLS * cell_mm * np.linspace(-0.5, 0.5, 101),
        group="centroids",
        log_y=True,
    )


def _hits(showers: Showers) -> np.ndarray:
    return np.count_nonzero(showers.voxels, axis=1).astype(np.float64)


def _centre_of_gravity(k: int, showers: Showers) -> np.ndarray:
    """Means of the layers, weighted with their energies."""
    means = [showers.measures.moments[layer][k] for layer in showers.geometry.located]
    return np.vecdot(showers.measures.fractions, np.stack(means, axis=1))


def _radius(showers: Showers) -> np.ndarray:
    """The mean of cells, weighted with their deposits; all layers have the same cells."""
    geometry = showers.geometry
    layers = showers.voxels.reshape(len(showers), geometry.n_layers, prod(geometry.shapes[0]))
    shares = ratio(layers.sum(1, dtype=np.float64), showers.measures.total[:, None])
    return np.vecdot(shares, geometry.grids[0].distances_mm(geometry.beam_mm))
