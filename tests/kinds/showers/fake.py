"""Fake electron showers in any geometry: an analytic profile and its fluctuations, no physics."""

from __future__ import annotations

import numpy as np

from ultimetric.kinds.showers.kind import ShowerKind, Showers

RESPONSE = 0.9  # of the incident energy that is deposited
SPREAD = 0.05  # of the depth and of the radius, from shower to shower
DEPOSIT_MEV = 1.0  # the mean of a single deposit; few of them fluctuate much
IN_CELL = 0.1  # the relative fluctuation of a cell besides


def fake_showers(kind: ShowerKind, n: int, seed: int, width: float = 1.0) -> Showers:
    """Showers of log-uniform incident energies, or of the only ones that the geometry has.

    Arguments:
        kind: Its cells and its range of energies.
        n: The number of showers.
        seed: The random seed.
        width: How many times wider than usual they are.
    """
    rng, geometry = np.random.default_rng(seed), kind.geometry
    energy = np.exp(rng.uniform(*np.log(geometry.energy_range_GeV), n))
    if isinstance(geometry.spectrum, tuple):
        energy = rng.choice(geometry.spectrum, n)
    energy = energy.astype(np.float32).astype(np.float64)  # as files have it
    layers = (np.arange(geometry.n_layers) + 0.5) / geometry.n_layers
    peak = (0.15 + 0.03 * np.log(energy)) * rng.normal(1, SPREAD, n)
    deep = (layers / peak[:, None]) ** 2 * np.exp(-2 * layers / peak[:, None])
    in_layers = 1e3 * RESPONSE * energy[:, None] * deep / deep.sum(1, keepdims=True)
    narrowest = min(grid.edges()[1][-1] for grid in geometry.grids)
    radius = width * narrowest / 12 * rng.normal(1, SPREAD, n)
    parts = []
    for i, grid in enumerate(geometry.grids):
        distance = grid.distances_mm((0, 0))
        wide = radius[:, None] * (1 + 2 * layers[i])
        shares = grid.areas_mm2() * np.exp(-distance / wide)
        mean = in_layers[:, i, None] * shares / shares.sum(1, keepdims=True)
        mean *= np.abs(rng.normal(1, IN_CELL, mean.shape))
        parts.append(DEPOSIT_MEV * rng.gamma(rng.poisson(mean / DEPOSIT_MEV) + 1e-9))
    return Showers(kind, energy, kind.readout(np.concatenate(parts, 1).astype(np.float32)))
