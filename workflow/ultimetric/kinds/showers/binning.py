"""Ranges and resolutions that the observables of a geometry share."""

from __future__ import annotations

from ultimetric.kinds.showers.geometry import Geometry

# What a readout without a threshold is said to resolve, in MeV: CaloFlow's 1e-8 of 100 GeV.
RESOLVED_MEV = 1e-3


def resolved_MeV(geometry: Geometry) -> float:
    """The smallest energy that the readout resolves."""
    return max(geometry.threshold_MeV, RESOLVED_MEV)


def by_layer(geometry: Geometry, first: tuple, inner: tuple, last: tuple) -> list[tuple]:
    """Published ranges of three layers; with another number of layers each has the first one."""
    return [first, inner, last] if geometry.n_layers == 3 else [first] * geometry.n_layers
