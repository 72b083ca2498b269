"""Inputs of classifiers of the CaloChallenge, exactly as published (arXiv:2410.21611).

They are those of its evaluation script (repository CaloChallenge/homepage, code/evaluate.py,
2025-08), with its units, its order and the 1e-8 MeV that it adds in logarithms, although this
makes outliers of empty layers: `high_level`, `normalised` and `unnormalised` have the resolution
of the detector instead. Classifiers compare with the published tables on these inputs only.

Numbers of columns of the four datasets:

| inputs | 1-photons | 1-pions | 2 | 3 |
|---|---|---|---|---|
| challenge_low | 369 | 534 | 6481 | 40501 |
| challenge_low_normed | 374 | 541 | 6526 | 40546 |
| challenge_high | 30 | 46 | 362 | 362 |
| challenge_log_voxels | 368 | 533 | 6480 | 40500 |

Deposits are cut at the threshold of the geometry first, those of truth and sample alike. So does
the script, but for the numerators of challenge_low_normed, which are the same unless a file has
deposits below the cut.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ultimetric.events import Events
from ultimetric.kinds.inputs import Inputs
from ultimetric.kinds.observables import Columns
from ultimetric.kinds.showers.binning import WIDTHS
from ultimetric.kinds.showers.geometry import GEV
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.kinds.showers.layout import Cells
from ultimetric.kinds.showers.measures import ratio

ADDED_MEV = 1e-8
EMPTY_MEV = 0.1
UNIT_MM = 100


class _Low(Inputs):
    """log10(E_inc / MeV), then voxels over E_inc, shape (N, 1 + n_voxels)."""

    def layout(self, kind: ShowerKind) -> Cells:
        return Cells(kind.geometry, first=1)

    def values(self, events: Showers, observables: Columns) -> np.ndarray:
        return np.column_stack([_incident(events), events.voxels / (GEV * events.condition)])


class _LogVoxels(Inputs):
    """log10(voxel / MeV), with 0.1 MeV for empty voxels, shape (N, n_voxels).

    Precision, recall, density and coverage are those of these vectors. No classifier of the
    challenge sees them.
    """

    by_default = False

    def values(self, events: Showers, observables: Columns) -> np.ndarray:
        voxels = events.voxels.astype(np.float64)
        return np.log10(np.where(voxels > 0, voxels, EMPTY_MEV))


class _LowNormed(Inputs):
    """log10(E_inc / MeV), voxels over E_i, and log10((E_i + 1e-8 MeV) / MeV).

    E_i is the energy of the layer. The shape is (N, 1 + n_voxels + n_layers); voxels of empty
    layers are 0.
    """

    def layout(self, kind: ShowerKind) -> Cells:
        return Cells(kind.geometry, first=1)

    def values(self, events: Showers, observables: Columns) -> np.ndarray:
        energies = events.layer_energies
        shares = [
            ratio(events.voxels[:, voxels], energies[:, k, None])
            for k, voxels in enumerate(events.geometry.slices)
        ]
        return np.column_stack([_incident(events), *shares, np.log10(energies + ADDED_MEV)])


class _High(Inputs):
    """Observables of each layer and the total energy, (N, 2 + 4 n_layers + 4 n_located).

    In this order: log10(E_inc / MeV); log10 of E_i; EC_eta, EC_phi and their widths in units of
    100 mm, of the n_located layers with more than one cell in alpha; log10 of E_tot; the share of
    empty voxels; EC_r and its width in units of 100 mm. Energies are in MeV, with 1e-8 MeV added.
    """

    reads_data = False
    reads_observables = True

    def values(self, events: Showers, observables: Columns) -> np.ndarray:
        geometry = events.kind.geometry
        layers = geometry.layer_numbers
        located = [layers[k] for k in geometry.located]

        def logarithm(name: str) -> np.ndarray:
            return np.log10(GEV * observables[name] + ADDED_MEV)

        def lengths(numbers: Sequence[int], *names: str) -> list[np.ndarray]:
            return [observables[f"{name}_{i}"] / UNIT_MM for name in names for i in numbers]

        first, second = geometry.coordinates
        return np.column_stack(
            [
                _incident(events),
                *(logarithm(f"E_{i}") for i in layers),
                *lengths(located, first, second, WIDTHS[first], WIDTHS[second]),
                logarithm("E_tot"),
                *(1 - observables[f"sparsity_{i}"] for i in layers),
                *lengths(layers, "r", WIDTHS["r"]),
            ]
        )


def _incident(showers: Events) -> np.ndarray:
    """log10 of the incident energies in MeV (N,)."""
    return np.log10(GEV * showers.condition[:, 0])


CHALLENGE: dict[str, Inputs] = {
    "challenge_low": _Low(),
    "challenge_low_normed": _LowNormed(),
    "challenge_high": _High(),
    "challenge_log_voxels": _LogVoxels(),
}
