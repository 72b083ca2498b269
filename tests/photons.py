"""Photon showers in a box of equal cells, drawn from profiles instead of simulated."""

from __future__ import annotations

import numpy as np
from showers import showers_of

from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers

HITS_PER_GEV = 8
MEAN_MEV = 0.3
DEPTH, RADIUS = 0.3, 0.8  # of the box, in units of its layers, and in cells


def box_geometry(box: tuple[int, int, int]) -> Geometry:
    """A geometry of layers with equal square cells of 5 mm."""
    layers, *cells = box
    return Geometry(
        name="box",
        shapes=((cells[0], cells[1]),) * layers,
        depths_mm=(5.0,) * layers,
        extent_mm=2.5 * max(cells),
        threshold_MeV=0.1,
        energy_range_GeV=(10.0, 100.0),
        blocks=((1, 1),) * layers,
    )


def photons(
    n_showers: int, seed: int, box: tuple[int, int, int] = (11, 11, 11), radius: float = RADIUS
) -> Showers:
    """Showers of 10 to 100 GeV: hits along a gamma profile, around the centre of the layer.

    Arguments:
        n_showers: The number of showers.
        seed: The random seed.
        box: The numbers of layers and of cells along both axes.
        radius: The width of the shower in cells.
    """
    rng = np.random.default_rng(seed)
    energy = rng.uniform(10, 100, n_showers)
    hits = rng.poisson(HITS_PER_GEV * energy)
    shower = np.repeat(np.arange(n_showers), hits)
    layers, *cells = box
    depth = layers * DEPTH * (1 + 0.2 * np.log(energy / 10)[shower])
    place = [rng.gamma(4, depth / 4).astype(int)]
    place += [np.floor(n / 2 + radius * rng.standard_t(3, len(shower))).astype(int) for n in cells]
    inside = np.all([(x >= 0) & (x < n) for x, n in zip(place, box, strict=True)], axis=0)
    cell = np.ravel_multi_index([x[inside] for x in place], box)
    voxels = np.zeros((n_showers, layers * cells[0] * cells[1]), np.float32)
    np.add.at(voxels, (shower[inside], cell), rng.exponential(MEAN_MEV, inside.sum()))
    return showers_of(box_geometry(box), energy, voxels * (voxels >= 0.1))
