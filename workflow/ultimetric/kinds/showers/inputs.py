"""What a classifier sees of a shower: the inputs of CaloFlow's tests (arXiv:2106.05285)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import GEV
from ultimetric.kinds.showers.observables import (
    BRIGHTEST,
    compute,
    observables,
    ratio,
    resolved_MeV,
)
from ultimetric.kinds.showers.showers import Showers, ShowerSet

UNIT_MEV = 1e5


def features(name: str, showers: ShowerSet) -> np.ndarray:
    """Return the inputs `name` (N, D), float32, made block by block.

    Raises:
        UserError: no such inputs.
    """
    if name not in FEATURES:
        raise UserError(f"features {name!r} are not known; there are {', '.join(FEATURES)}")
    return showers.each(lambda block: FEATURES[name](block).astype(np.float32))


def energies(showers: Showers) -> np.ndarray:
    """log10(E_inc / 10 GeV) and log10((E_i + threshold) / GeV), shape (N, 1 + n_layers).

    CaloFlow has 1 keV in place of the threshold.
    """
    layers = np.log10((showers.layer_energies + resolved_MeV(showers.geometry)) / GEV)
    return np.column_stack([_incident(showers), layers])


def unnormalised(showers: Showers) -> np.ndarray:
    """Voxels in units of 100 GeV, then `energies`, shape (N, n_voxels + 1 + n_layers)."""
    return np.concatenate([showers.voxels / UNIT_MEV, energies(showers)], axis=1)


def normalised(showers: Showers) -> np.ndarray:
    """Voxels over the energy of their layer, then `energies`; empty layers stay 0."""
    layer_energies = showers.layer_energies
    shares = [
        ratio(showers.voxels[:, voxels], layer_energies[:, i, None])
        for i, voxels in enumerate(showers.geometry.slices)
    ]
    return np.concatenate([*shares, energies(showers)], axis=1)


def high_level(showers: Showers) -> np.ndarray:
    """The observables of CaloFlow's high-level test, shape (N, 44) for three layers.

    Energies, fractions, l_d and widths in phi and eta as log10(x + resolution), see `Observable`
    (CaloFlow has 1e-8 in its place, which makes the width of a single voxel an outlier); voxel
    shares times 10; centroids in units of 100 mm; log10(E_inc / 10 GeV). The published test has
    no widths in eta (41 inputs).
    """
    values, catalogue = compute(showers), observables(showers.geometry)
    layers = range(showers.geometry.n_layers)

    def per_layer(name: str) -> list[np.ndarray]:
        return [values[f"{name}_{i}"] for i in layers]

    logarithmic = [
        *(f"E_{i}" for i in layers),
        "E_tot",
        *(f"f_{i}" for i in layers),
        "l_d",
        *(f"{name}_{i}" for name in ("sigma", "sigma_eta") for i in layers),
    ]
    brightest = [x for k in range(1, BRIGHTEST + 1) for x in per_layer(f"brightest_{k}")]
    columns = [
        *(np.log10(values[name] + catalogue[name].resolution) for name in logarithmic),
        values["s_d"],
        values["sigma_sd"],
        *(10 * x for x in brightest),
        *per_layer("E_ratio"),
        *per_layer("sparsity"),
        *(x / 100 for x in (*per_layer("phi"), *per_layer("eta"))),
        _incident(showers),
    ]
    return np.column_stack(columns)


def _incident(showers: Showers) -> np.ndarray:
    return np.log10(showers.energy / 10)


FEATURES: dict[str, Callable[[Showers], np.ndarray]] = {
    "unnormalised": unnormalised,
    "normalised": normalised,
    "high_level": high_level,
    "energies": energies,
}
# Those that begin with all voxels.
WITH_VOXELS = ("unnormalised", "normalised")
