"""How the observables that the failure finder names are called and binned."""

from __future__ import annotations

import numpy as np

from ultimetric.failures.candidates import TIMES
from ultimetric.failures.population import INCIDENT
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.observables import Observable, observables

BINS = 100
# A product of normal scores has long tails: the axis leaves out this share on either side.
LEFT_OUT = 0.005
INCIDENT_LABEL = r"$E_\mathrm{inc}$"


def described(name: str, geometry: Geometry, values: np.ndarray) -> Observable:
    """The observable of a finding: of the catalogue, a pair, a voxel or the incident energy.

    Arguments:
        name: as in failures.csv.
        geometry: of the showers.
        values: of truth and sample (N,), which tell how far the axis must reach.
    """
    catalogue = observables(geometry)
    if name in catalogue:
        return catalogue[name]
    if name == INCIDENT:
        edges = np.linspace(*geometry.energy_range_GeV, BINS + 1)
        return Observable(name, INCIDENT_LABEL, "GeV", edges, group="findings")
    if TIMES in name:
        label = " × ".join(catalogue[part].label for part in name.split(TIMES))
        low, high = np.quantile(values, (LEFT_OUT, 1 - LEFT_OUT))
        if low == high:  # nearly all have the same rank
            low, high = values.min() - 1, values.max() + 1
        edges = np.linspace(low, high, BINS + 1)
        return Observable(name, f"{label}, normal scores", "", edges, group="findings")
    _, layer, phi, eta = name.split("_")
    edges = np.geomspace(
        geometry.threshold_MeV, max(values.max(), 10 * geometry.threshold_MeV), BINS + 1
    )
    return Observable(
        name,
        f"voxel ({phi}, {eta}) of layer {layer}",
        "MeV",
        edges,
        group="findings",
        layer=int(layer),
        x_scale="log",
    )
