"""Names, ranges and resolutions that the observables of a geometry share."""

from __future__ import annotations

from ultimetric.kinds.showers.geometry import Geometry

# What a readout without a threshold is said to resolve, in MeV: CaloFlow's 1e-8 of 100 GeV.
RESOLVED_MEV = 1e-3
# With more layers than these, what depends on two layers or repeats other observables is left out,
# which would outnumber all others.
FEW_LAYERS = 5
# Names of widths by coordinate; CaloFlow calls that in phi sigma.
WIDTHS = {"phi": "sigma", "eta": "sigma_eta", "x": "sigma_x", "y": "sigma_y"}


def resolved_MeV(geometry: Geometry) -> float:
    """The smallest energy that the readout resolves."""
    return max(geometry.threshold_MeV, RESOLVED_MEV)


def width_names(geometry: Geometry) -> list[str]:
    """What the widths in both coordinates are called, without the layer."""
    return [WIDTHS[name] for name in geometry.coordinates]


def has_few_layers(geometry: Geometry) -> bool:
    """Whether there are observables of pairs of layers."""
    return geometry.n_layers <= FEW_LAYERS


def by_layer(geometry: Geometry, first: tuple, inner: tuple, last: tuple) -> list[tuple]:
    """Published ranges of three layers; with another number of layers each has the first one."""
    return [first, inner, last] if geometry.n_layers == 3 else [first] * geometry.n_layers
