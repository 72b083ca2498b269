"""Names, ranges and resolutions that several observables of a geometry share."""

from __future__ import annotations

import numpy as np

from ultimetric.kinds.observables import WIDE
from ultimetric.kinds.showers.geometry import Geometry

# The resolution of a readout without a threshold, in MeV: CaloFlow's 1e-8 of 100 GeV.
RESOLVED_MEV = 1e-3
# With more layers, observables of two layers, and those that nearly repeat others, are left out:
# they would outnumber all others.
FEW_LAYERS = 5
# Names of widths by coordinate; in CaloFlow that in phi is sigma.
WIDTHS = {"phi": "sigma", "eta": "sigma_eta", "x": "sigma_x", "y": "sigma_y", "r": "sigma_r"}

Powers = tuple[float, float]  # of ten, of both ends of a range


def resolved_MeV(geometry: Geometry) -> float:
    """The smallest energy that the readout resolves."""
    return max(geometry.threshold_MeV, RESOLVED_MEV)


def largest_GeV(geometry: Geometry) -> float:
    """About the largest energy that the cells see, in GeV."""
    return geometry.visible * geometry.energy_range_GeV[1]


def width_names(geometry: Geometry) -> list[str]:
    """The names of the widths in both coordinates, without the layer."""
    return [WIDTHS[name] for name in geometry.coordinates]


def has_few_layers(geometry: Geometry) -> bool:
    """Whether there are observables of pairs of layers."""
    return geometry.n_layers <= FEW_LAYERS


def decades_beyond(geometry: Geometry) -> float:
    """By how many decades incident energies span more than two; 0 if they do not."""
    low, high = geometry.energy_range_GeV
    return max(0.0, float(np.log10(high / low / WIDE)))


def by_layer(geometry: Geometry, first: Powers, inner: Powers, last: Powers) -> list[Powers]:
    """The published ranges for three layers; the first of them for each of another number."""
    return [first, inner, last] if geometry.n_layers == 3 else [first] * geometry.n_layers
