"""Inputs of classifiers of showers, as in the tests of CaloFlow (arXiv:2106.05285)."""

from __future__ import annotations

import numpy as np

from ultimetric.events import Events
from ultimetric.kinds.inputs import Inputs, InputSets
from ultimetric.kinds.observables import Columns
from ultimetric.kinds.showers.binning import WIDTHS, resolved_MeV, width_names
from ultimetric.kinds.showers.calochallenge.inputs import CHALLENGE
from ultimetric.kinds.showers.geometry import GEV
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.kinds.showers.layout import Cells
from ultimetric.kinds.showers.measures import BRIGHTEST, ratio
from ultimetric.kinds.showers.observables import ShowerObservables

UNIT_MEV = 1e5


class ShowerInputs(InputSets):
    """Voxels with energies, the energies alone, or the observables of a shower.

    Polar cells have the inputs of the CaloChallenge besides, which are then the default ones.
    """

    def inputs(self, kind: ShowerKind) -> dict[str, Inputs]:
        own: dict[str, Inputs] = {
            "unnormalised": _Unnormalised(),
            "normalised": _Normalised(),
            "high_level": _HighLevel(),
            "energies": _Energies(),
        }
        if not kind.geometry.angular:
            return own
        for inputs in own.values():
            inputs.by_default = False
        return own | CHALLENGE


class _Energies(Inputs):
    """log10(E_inc / 10 GeV) and log10((E_i + threshold) / GeV), shape (N, 1 + n_layers).

    CaloFlow has 1 keV in place of the threshold.
    """

    def values(self, events: Showers, observables: Columns) -> np.ndarray:
        return _energies(events)


class _Unnormalised(Inputs):
    """Voxels in units of 100 GeV, then `energies`, shape (N, n_voxels + 1 + n_layers)."""

    def layout(self, kind: ShowerKind) -> Cells:
        return Cells(kind.geometry)

    def values(self, events: Showers, observables: Columns) -> np.ndarray:
        return np.concatenate([events.voxels / UNIT_MEV, _energies(events)], axis=1)


class _Normalised(Inputs):
    """Voxels over the energy of their layer, then `energies`; empty layers stay 0."""

    def layout(self, kind: ShowerKind) -> Cells:
        return Cells(kind.geometry)

    def values(self, events: Showers, observables: Columns) -> np.ndarray:
        shares = [
            ratio(events.voxels[:, voxels], events.layer_energies[:, i, None])
            for i, voxels in enumerate(events.geometry.slices)
        ]
        return np.concatenate([*shares, _energies(events)], axis=1)


class _HighLevel(Inputs):
    """The observables of CaloFlow's high-level test, shape (N, 44) for three layers.

    Energies, fractions, l_d and widths enter as log10(x + resolution), see `Observable` (CaloFlow
    has 1e-8 instead, which makes the width of a single voxel an outlier), voxel shares times 10,
    centroids in units of 100 mm, and the incident energy as log10(E_inc / 10 GeV). The published
    test has no widths in eta (41 inputs). Observables that are left out for many layers are no
    inputs either; polar cells have the mean radius and its width besides.
    """

    reads_data = False
    reads_observables = True

    def values(self, events: Showers, observables: Columns) -> np.ndarray:
        catalogue = ShowerObservables().observables(events.kind)
        resolution = {observable.name: observable.resolution for observable in catalogue}
        geometry = events.kind.geometry
        radius = ["r"] if geometry.angular else []

        def per_layer(*names: str) -> list[str]:
            numbered = [f"{name}_{i}" for name in names for i in geometry.layer_numbers]
            return [name for name in numbered if name in resolution]

        logarithmic = [
            *per_layer("E"),
            "E_tot",
            *per_layer("f"),
            "l_d",
            *per_layer(*width_names(geometry), *(WIDTHS[name] for name in radius)),
        ]
        brightest = per_layer(*(f"brightest_{k}" for k in range(1, BRIGHTEST + 1)))
        columns = [
            *(np.log10(observables[name] + resolution[name]) for name in logarithmic),
            observables["s_d"],
            observables["sigma_sd"],
            *(10 * observables[name] for name in brightest),
            *(observables[name] for name in per_layer("E_ratio", "sparsity")),
            *(observables[name] / 100 for name in per_layer(*geometry.coordinates, *radius)),
            _incident(events),
        ]
        return np.column_stack(columns)


def _energies(showers: Showers) -> np.ndarray:
    layers = np.log10((showers.layer_energies + resolved_MeV(showers.geometry)) / GEV)
    return np.column_stack([_incident(showers), layers])


def _incident(showers: Events) -> np.ndarray:
    return np.log10(showers.condition[:, 0] / 10)
