"""Showers in a box of cells, drawn without a detector, for networks that need one."""

from __future__ import annotations

import numpy as np

from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers

MIP_MeV = 0.2


def box(cells: int = 15) -> Geometry:
    """A calorimeter of as many layers as cells along each axis of a layer."""
    shape = ((cells, cells),) * cells
    return Geometry("box", shape, (), 2.5 * cells, 0.1, (10, 100), ((1, 1),) * cells)


def photons(n: int, geometry: Geometry, seed: int = 1) -> Showers:
    """Showers of n photons: hits of single particles around an axis, a gamma profile in depth."""
    rng = np.random.default_rng(seed)
    energy = rng.uniform(*geometry.energy_range_GeV, n)
    layers, (cells, _) = geometry.n_layers, geometry.shapes[0]
    voxels = np.zeros((n, layers, cells, cells), np.float32)
    for shower, e in zip(voxels, energy, strict=True):
        hits = rng.poisson(60 * e)
        depth = rng.gamma(2.5 + 0.3 * np.log(e), layers / 12, hits) + rng.exponential(layers / 20)
        radius = rng.exponential(0.4 + 0.05 * depth, hits)
        angle = rng.uniform(0, 2 * np.pi, hits)
        places = [depth, cells / 2 + radius * np.cos(angle), cells / 2 + radius * np.sin(angle)]
        places = np.floor(places).astype(int)
        inside = ((places >= 0) & (places < np.array([[layers], [cells], [cells]]))).all(0)
        deposits = MIP_MeV * rng.gamma(4, 1 / 4, hits)
        np.add.at(shower, tuple(places[:, inside]), deposits[inside])
    voxels[voxels < geometry.threshold_MeV] = 0
    return Showers(ShowerKind.of(geometry), energy, voxels.reshape(n, -1))
