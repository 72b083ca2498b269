"""The ranges of the histograms of the CaloChallenge, for each of its four datasets.

They are those of the plots that its evaluation script draws (repository CaloChallenge/homepage,
code/evaluate_plotting_helper.py, 2025-08).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultimetric.kinds.showers.geometry import Geometry

PHOTONS, PIONS, SECOND, THIRD = "1-photons", "1-pions", "2", "3"
# A dataset is known by its number of voxels, as its files are, and by the numbers of its layers.
DATASETS = {
    (368, (0, 1, 2, 3, 12)): PHOTONS,
    (533, (0, 1, 2, 3, 12, 13, 14)): PIONS,
    (6480, tuple(range(45))): SECOND,
    (40500, tuple(range(45))): THIRD,
}
# The smallest deposit that counts: in datasets 2 and 3, 0.5 keV over the sampling fraction.
CUTS_MEV = {PHOTONS: 1.0, PIONS: 1.0, SECOND: 0.5e-3 / 0.033, THIRD: 0.5e-3 / 0.033}
DISCRETE = (PHOTONS, PIONS)
HADRONIC = (12, 13, 14)  # layers of the hadronic calorimeter of dataset 1
ENERGIES_MEV = 2 ** np.arange(8, 24)  # each with the next one a class of incident energies
NARROW_FROM = 4  # the first class in which the response of photons is drawn in a narrow range


@dataclass(frozen=True)
class Ranges:
    """The largest values of the quantities of a layer, in mm.

    Arguments:
        centre: The centre of energy in eta and phi, from minus this value on.
        width: Its width in eta and phi, from 0 on.
        radius: The mean radius, from 0 on.
        radial_width: The width of the radius, from 0 on.
    """

    centre: float
    width: float
    radius: float
    radial_width: float


CYLINDER = Ranges(centre=30, width=30, radius=42, radial_width=20)
ELECTROMAGNETIC = Ranges(centre=100, width=100, radius=500, radial_width=500)
BEHIND = Ranges(centre=500, width=400, radius=1500, radial_width=1500)


def dataset_of(geometry: Geometry) -> str | None:
    """The dataset of the CaloChallenge that has these cells; None if there is none."""
    known = (geometry.n_voxels, geometry.layer_numbers)
    return DATASETS.get(known) if geometry.angular else None


def ranges(dataset: str, layer: int) -> Ranges:
    """The ranges of a layer.

    Arguments:
        dataset: The name of a dataset.
        layer: The number of the layer.
    """
    if dataset not in DISCRETE:
        return CYLINDER
    return BEHIND if layer in HADRONIC else ELECTROMAGNETIC


def response_edges(dataset: str, energy_class: int) -> np.ndarray:
    """The edges of 20 bins of E_tot/E_inc in a class of incident energies of dataset 1."""
    narrow = dataset == PHOTONS and energy_class >= NARROW_FROM
    return np.linspace(0.9, 1.1, 21) if narrow else np.linspace(0.4, 1.4, 21)
