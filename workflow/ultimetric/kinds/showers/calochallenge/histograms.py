"""The histograms of the CaloChallenge, from which its separation powers are made.

Edges are those of the plots of its evaluation script (code/evaluate_plotting_helper.py, 2025-08):
100 bins of E_tot/E_inc from 0.5 to 1.5; 39 logarithmic bins of each layer's energy and 49 of all
deposits, from the cut to the largest value of the truth; 100 bins of centres and widths, and 20 of
the sparsity. The largest energy of the truth itself counts, also where rounding of the script's
last edge loses it. Dataset 1 has histograms of E_tot/E_inc at each incident energy besides.

The tables of arXiv:2410.21611 hold means over layers, which come from another notebook
(code/evaluation_clip.ipynb) than the script. Sparsity, mean radius and its width are not among the
histograms that the script draws by itself, but their edges are in it. The tables' separation
powers of Geant4 from Geant4, about (bins - 1) / 2N, say that the notebook had 48 to 50 bins of
layer energies where the script has 39; which ones is not known here, and they are not ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse import csr_array

from ultimetric.events import Entries, Events
from ultimetric.histograms import numbers_inside, row_counts
from ultimetric.kinds.binnings import Binned, BinnedValues, Binning, Counts
from ultimetric.kinds.observables import Columns
from ultimetric.kinds.showers.calochallenge.ranges import (
    CUTS_MEV,
    DISCRETE,
    ENERGIES_MEV,
    dataset_of,
    ranges,
    response_edges,
)
from ultimetric.kinds.showers.geometry import GEV, Geometry

NAME = "calochallenge"
ROUNDING = 1e-6  # of an incident energy


def binnings(geometry: Geometry) -> dict[str, Binning]:
    """The binning of the CaloChallenge, if a geometry is that of one of its datasets."""
    dataset = dataset_of(geometry)
    return {} if dataset is None else {NAME: CaloChallenge(geometry, dataset)}


@dataclass(frozen=True, kw_only=True)
class OfColumn(BinnedValues):
    """A histogram of an observable.

    Arguments:
        column: The name of the observable.
        convert: The map of its values to the unit of the edges.
        energies: The range of incident energies in MeV, the upper one left out; None for all.
    """

    column: str
    convert: Callable[[np.ndarray], np.ndarray] = np.asarray
    energies: tuple[float, float] | None = None

    def values(self, events: Events, columns: Columns) -> np.ndarray:
        values = self.convert(columns[self.column])
        if self.energies is None:
            return values
        incident = GEV * events.condition[:, 0]
        low, high = (x * (1 - ROUNDING) for x in self.energies)
        return np.where((incident >= low) & (incident < high), values, np.nan)


class Voxels(Binned):
    """The histogram of all deposits; empty voxels are no values."""

    def counts(self, events: Events, columns: Columns) -> Counts:
        matrix = events.each(partial(_deposits, self.edges))
        return Counts(csr_array(matrix[:, :-1]), int(matrix.sum()))


@dataclass(frozen=True)
class CaloChallenge(Binning):
    """The histograms of one dataset of the CaloChallenge.

    Arguments:
        geometry: Its geometry.
        dataset: Its name, of `ranges.DATASETS`.
    """

    geometry: Geometry
    dataset: str

    def histograms(self, truth: Events, columns: Columns) -> list[Binned]:
        largest = truth.each(lambda block: block.data.max(1, initial=0))
        voxels = self._logarithmic(float(largest.max(initial=0)), 50)
        return [
            OfColumn(
                observable="response",
                column="response",
                group="E_total",
                edges=np.linspace(0.5, 1.5, 101),
            ),
            *(self._at(k) for k in range(len(ENERGIES_MEV) - 1) if self.dataset in DISCRETE),
            *(self._energy(i, columns[f"E_{i}"]) for i in self.geometry.layer_numbers),
            *self._in_mm(),
            *(
                OfColumn(
                    observable=f"sparsity_{i}",
                    column=f"sparsity_{i}",
                    convert=_empty_share,
                    group="sparsity",
                    edges=np.linspace(0, 1, 21),
                )
                for i in self.geometry.layer_numbers
            ),
            Voxels(observable="voxels", group="cell", edges=voxels),
        ]

    def _at(self, k: int) -> OfColumn:
        """The response at one of the incident energies of dataset 1."""
        low, high = ENERGIES_MEV[k : k + 2]
        return OfColumn(
            observable="response",
            column="response",
            energies=(low, high),
            bin=f"E_inc = {low / GEV:.10g} GeV",
            edges=response_edges(self.dataset, k),
        )

    def _energy(self, i: int, of_truth: np.ndarray) -> OfColumn:
        return OfColumn(
            observable=f"E_{i}",
            column=f"E_{i}",
            convert=_in_MeV,
            group="E_layer",
            edges=self._logarithmic(float(_in_MeV(of_truth).max(initial=0)), 40),
        )

    def _in_mm(self) -> Iterator[OfColumn]:
        """Centres and widths, quantity by quantity."""
        numbers = self.geometry.layer_numbers
        located = [numbers[k] for k in self.geometry.located]
        quantities = {
            "x": (located, "EC_eta", "centre"),
            "y": (located, "EC_phi", "centre"),
            "sigma_x": (located, "EC_eta_std", "width"),
            "sigma_y": (located, "EC_phi_std", "width"),
            "r": (numbers, "EC_r", "radius"),
            "sigma_r": (numbers, "EC_r_std", "radial_width"),
        }
        for name, (layers, group, quantity) in quantities.items():
            for i in layers:
                high = getattr(ranges(self.dataset, i), quantity)
                low = -high if quantity == "centre" else 0
                yield OfColumn(
                    observable=f"{name}_{i}",
                    column=f"{name}_{i}",
                    group=group,
                    edges=np.linspace(low, high, 101),
                )

    def _logarithmic(self, largest: float, n: int) -> np.ndarray:
        """Edges (n,) from the cut to the largest energy in MeV, or a decade if that is below."""
        low = CUTS_MEV[self.dataset]
        return np.geomspace(low, largest if largest > low else 10 * low, n)


def _in_MeV(energy: np.ndarray) -> np.ndarray:
    return GEV * energy


def _empty_share(sparsity: np.ndarray) -> np.ndarray:
    return 1 - sparsity


def _deposits(edges: np.ndarray, block: Entries) -> np.ndarray:
    """The number of deposits of each shower in each bin, and outside (N, n_bins + 1)."""
    filled = block.data > 0
    shower = np.repeat(np.arange(len(block)), filled.sum(1))
    numbers = numbers_inside(block.data[filled], edges)
    n_bins = len(edges) - 1
    return row_counts(shower, np.where(numbers < 0, n_bins, numbers), (len(block), n_bins + 1))
