"""Shower observables of the calorimeter papers, one number per shower.

Definitions follow the CaloGAN (arXiv:1712.10321) and CaloFlow (arXiv:2106.05285, 2110.11377)
figures, for any number of layers i and voxels I_a of a layer:

| name | definition | unit |
|---|---|---|
| E_i, E_tot | E_i = sum_a I_a, E_tot = sum_i E_i | GeV |
| response | E_tot / E_inc | |
| u_i, i >= 1 | E_{i-1} / (E_{i-1} + E_i + ...) | |
| f_i | E_i / E_tot | |
| l_d, s_d | l_d = sum_i i E_i, s_d = l_d / E_tot | MeV, layers |
| sigma_sd | sqrt(sum_i i^2 E_i / E_tot - s_d^2) | layers |
| max_depth | last layer with a deposit, 0 if there is none | layers |
| brightest_k_i | k-th brightest voxel / E_i, k = 1..5 | |
| E_ratio_i | difference over sum of the two brightest voxels | |
| sparsity_i | fraction of voxels with a deposit (so an occupancy) | |
| phi_i, eta_i | energy-weighted mean of the cell centres | mm |
| sigma_i, sigma_eta_i | energy-weighted standard deviations in phi and in eta | mm |
| phi_i-phi_j | difference | mm |

In polar cells, x_i, y_i, sigma_x_i, sigma_y_i and x_i-x_j have their place: moments of the
cartesian coordinates, since an angle has no mean. They are EC_eta, EC_phi and their widths in the
CaloChallenge (arXiv:2410.21611), and layers of whole rings have none. Besides, there are r_i and
sigma_r_i, the mean and the standard deviation of the middle radius of the rings (EC_r and its
width). The sparsity of the CaloChallenge is 1 - sparsity_i.

The i of names are the numbers of the layers in the geometry, in formulas their places 0, 1, 2 ...
along the beam. Where there are more than 5 layers, u_i, brightest_k_i for k > 1 and phi_i-phi_j
are left out: they tell little beside the others, and are many.

Boxes of more than 5 layers with equal rectangular cells have these of the whole shower besides, as
in "Getting High" (arXiv:2005.05334), whose centre of gravity along the beam is s_d:

| name | definition | unit |
|---|---|---|
| n_hits | number of voxels with a deposit | |
| centre_x, centre_y | energy-weighted means of the cell centres of all layers | mm |
| radius | energy-weighted mean of the distances of the cell centres from the beam | mm |

A ratio over an empty layer or an empty shower is 0, and so are its centroids and widths.
"""

from __future__ import annotations

from functools import partial
from math import prod

import numpy as np

from ultimetric.kinds.observables import Catalogue, Measured, Observable
from ultimetric.kinds.showers.binning import (
    by_layer,
    decades_beyond,
    has_few_layers,
    largest_GeV,
    resolved_MeV,
)
from ultimetric.kinds.showers.centroids import centroids
from ultimetric.kinds.showers.geometry import GEV, Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.kinds.showers.measures import ratio
from ultimetric.kinds.showers.whole import whole

BRIGHTEST_SHOWN = 2
NTH = ("brightest", "second brightest", "third brightest", "4th brightest", "5th brightest")


class ShowerObservables(Catalogue):
    """The observables of a geometry.

    Three layers and 1 to 100 GeV give the binning of the CaloFlow figures. Energies scale with the
    largest visible energy, depths with the number of layers and positions with the extent of the
    layer; energies that span more than two decades have bins for the smallest ones, too. The
    binning of `response`, `u_i` and centroids, which is not published, is ours.

    The resolution of a logarithmic observable is what the detector resolves: the threshold of the
    readout, a cell's size over sqrt(12) for widths.
    """

    def observables(self, kind: ShowerKind) -> list[Observable]:
        parts = (_energies, _depth, _shape, centroids, whole)
        return [observable for part in parts for observable in part(kind.geometry)]


def _energies(geometry: Geometry) -> list[Observable]:
    scale, beyond = largest_GeV(geometry) / 100, decades_beyond(geometry)
    smallest = resolved_MeV(geometry) / GEV
    powers = by_layer(geometry, (-2, 2), (-1, 3), (-2, 2))
    if beyond:
        powers = [(np.log10(smallest / scale), high) for _, high in powers]
    responses = np.linspace(0, 2, 201) if beyond else np.linspace(0, 1.2, 121)
    total = np.logspace(-2 - beyond, 2.1, 50) if beyond else np.linspace(0, 120, 50)
    logit = np.linspace(-7, 14, 100)
    layers = geometry.layer_numbers
    return [
        *(
            Measured(
                name=f"E_{i}",
                function=partial(_energy, k),
                label=f"$E_{{{i}}}$",
                words=f"energy, layer {i}",
                unit="GeV",
                edges=scale * np.logspace(*power, 100),
                group="energies",
                layer=i,
                x_scale="log",
                resolution=smallest,
            )
            for k, (i, power) in enumerate(zip(layers, powers, strict=True))
        ),
        Measured(
            name="E_tot",
            function=_total,
            label=r"$E_\mathrm{tot}$",
            words="total energy",
            unit="GeV",
            edges=scale * total,
            group="energies",
            x_scale="log" if beyond else "linear",
            log_y=not beyond,
            resolution=smallest,
        ),
        Measured(
            name="response",
            function=_response,
            of_condition=True,
            label=r"$E_\mathrm{tot}/E_\mathrm{inc}$",
            words="E_tot/E_inc",
            edges=geometry.visible * responses,
            group="energies",
            log_y=True,
        ),
        # Showers that hardly leave the last layers have u close to 1: bins even in logit u.
        *(
            Measured(
                name=f"u_{i}",
                function=partial(_share_of_the_rest, k),
                label=f"$u_{{{i}}}$",
                words=f"share of the remaining energy, layer {layers[k - 1]}",
                edges=1 / (1 + np.exp(-logit)),
                group="energies",
                x_scale="logit",
            )
            for k, i in enumerate(layers)
            if k > 0 and has_few_layers(geometry)
        ),
    ]


def _energy(k: int, showers: Showers) -> np.ndarray:
    return showers.layer_energies[:, k] / GEV


def _total(showers: Showers) -> np.ndarray:
    return showers.measures.total / GEV


def _response(showers: Showers) -> np.ndarray:
    return ratio(_total(showers), showers.energy)


def _share_of_the_rest(k: int, showers: Showers) -> np.ndarray:
    energies = showers.layer_energies
    return ratio(energies[:, k - 1], energies[:, k - 1 :].sum(1))


def _depth(geometry: Geometry) -> list[Observable]:
    scale = largest_GeV(geometry) / 100
    span = max(geometry.n_layers - 1, 1) / 2
    powers = by_layer(geometry, (-4, 0), (-1, 0), (-4, 1))
    return [
        *(
            Measured(
                name=f"f_{i}",
                function=partial(_fraction, k),
                label=rf"$E_{{{i}}}/E_\mathrm{{tot}}$",
                words=f"share of the energy, layer {i}",
                edges=np.logspace(*power, 100),
                group="depth",
                layer=i,
                x_scale="log",
                resolution=resolved_MeV(geometry) / (largest_GeV(geometry) * GEV),
            )
            for k, (i, power) in enumerate(zip(geometry.layer_numbers, powers, strict=True))
        ),
        Measured(
            name="l_d",
            function=_weighted_depth,
            label="$l_d$",
            words="depth-weighted energy",
            unit="MeV",
            edges=scale * span * np.logspace(1 - decades_beyond(geometry), 5, 100),
            group="depth",
            x_scale="log",
            resolution=resolved_MeV(geometry),
        ),
        Measured(
            name="s_d",
            function=_mean_depth,
            label="$s_d$",
            words="mean depth",
            edges=span * np.linspace(0.4, 2, 100),
            group="depth",
        ),
        Measured(
            name="sigma_sd",
            function=_depth_width,
            label=r"$\sigma_{s_d}$",
            words="width in depth",
            edges=span * np.linspace(0, 0.9, 100),
            group="depth",
        ),
        Measured(
            name="max_depth",
            function=_last_layer,
            label="maximum depth",
            words="deepest layer",
            edges=np.arange(geometry.n_layers + 1.0),
            group="depth",
            log_y=True,
        ),
    ]


def _fraction(k: int, showers: Showers) -> np.ndarray:
    return showers.measures.fractions[:, k]


def _weighted_depth(showers: Showers) -> np.ndarray:
    return np.vecdot(showers.layer_energies, showers.measures.layers)


def _mean_depth(showers: Showers) -> np.ndarray:
    return showers.measures.depth


def _depth_width(showers: Showers) -> np.ndarray:
    found = showers.measures
    # Centred, so that no rounding makes the variance negative.
    return np.sqrt((found.fractions * (found.layers - found.depth[:, None]) ** 2).sum(1))


def _last_layer(showers: Showers) -> np.ndarray:
    return ((showers.layer_energies > 0) * showers.measures.layers).max(1)


def _shape(geometry: Geometry) -> list[Observable]:
    layers = geometry.layer_numbers
    return [
        *(
            Measured(
                name=f"brightest_{n}_{i}",
                function=partial(_brightest_share, n, k),
                label=f"$E_{{({n}),{i}}}/E_{{{i}}}$",
                words=f"share of the {nth} voxel, layer {i}",
                edges=np.linspace(0, 1 / n, 100),
                group="shape",
                layer=i,
                shown=n <= BRIGHTEST_SHOWN,
            )
            for n, nth in enumerate(NTH if has_few_layers(geometry) else NTH[:1], 1)
            for k, i in enumerate(layers)
        ),
        *(
            Measured(
                name=f"E_ratio_{i}",
                function=partial(_asymmetry, k),
                label=rf"$E_{{\mathrm{{ratio}},{i}}}$",
                words=f"contrast of the two brightest voxels, layer {i}",
                edges=np.linspace(0, 1, 100),
                group="shape",
                layer=i,
            )
            for k, i in enumerate(layers)
        ),
        *(
            Measured(
                name=f"sparsity_{i}",
                function=partial(_occupancy, k),
                label=f"sparsity, layer {i}",
                words=f"sparsity, layer {i}",
                edges=np.linspace(0, 1, 20),
                group="shape",
                layer=i,
            )
            for k, i in enumerate(layers)
        ),
    ]


def _brightest_share(n: int, k: int, showers: Showers) -> np.ndarray:
    return ratio(showers.measures.brightest[k][:, n - 1], showers.layer_energies[:, k])


def _asymmetry(k: int, showers: Showers) -> np.ndarray:
    brightest = showers.measures.brightest[k]
    first, second = brightest[:, 0], brightest[:, 1]
    return ratio(first - second, first + second)


def _occupancy(k: int, showers: Showers) -> np.ndarray:
    return showers.measures.filled[k] / prod(showers.geometry.shapes[k])
