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

A ratio over an empty layer or an empty shower is 0, and so are its centroids and widths.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np

from ultimetric.kinds.showers.geometry import GEV, Geometry
from ultimetric.kinds.showers.showers import Showers, ShowerSet

BRIGHTEST = 5
BRIGHTEST_SHOWN = 2
# What a readout without a threshold is said to resolve, in MeV: CaloFlow's 1e-8 of 100 GeV.
RESOLVED_MEV = 1e-3


@dataclass(frozen=True)
class Observable:
    """How an observable is named, binned and drawn.

    Arguments:
        name: its key in `compute`.
        label: axis label in matplotlib mathtext, without the unit.
        unit: unit of the values and of the edges; empty if there is none.
        edges: bin edges (n_bins + 1,).
        group: the figure it belongs to: energies, depth, shape or centroids.
        layer: the layer it describes, None if it describes several.
        x_scale: scale of the axis: linear, log or logit.
        log_y: whether its histogram is drawn with a logarithmic count axis.
        shown: whether figures show it; metrics use all.
        resolution: what the detector resolves, in the unit of the values, of those that may be
            exactly 0 and are looked at on a logarithmic scale: the threshold of the readout, a
            cell's size over sqrt(12) for widths. Of x, log(x + resolution) is taken. Else 0.
    """

    name: str
    label: str
    unit: str
    edges: np.ndarray
    group: str
    layer: int | None = None
    x_scale: str = "linear"
    log_y: bool = False
    shown: bool = True
    resolution: float = 0.0


def observables(geometry: Geometry) -> dict[str, Observable]:
    """Return the catalogue of a geometry, in the order of `compute`.

    Three layers and 100 GeV give the binning of the CaloFlow figures. Energies scale with the
    largest incident energy, depths with the number of layers and positions with the extent; the
    binning of `response`, `u_i`, `phi_i` and `eta_i`, which is not published, is ours.
    """
    catalogue = [
        *_energies(geometry),
        *_depth(geometry),
        *_shape(geometry),
        *_centroids(geometry),
    ]
    return {observable.name: observable for observable in catalogue}


def compute(showers: ShowerSet) -> dict[str, np.ndarray]:
    """Compute every observable, float64 (N,), in the unit that the catalogue states.

    All values are finite and no shower is dropped. Those of a shower do not depend, to the last
    bit, on the others.
    """
    everything: dict[str, np.ndarray] = {}
    start = 0
    for block in showers.blocks():
        for name, values in _compute(block).items():
            if start == 0:
                everything[name] = np.empty(len(showers))
            everything[name][start : start + len(block)] = values
        start += len(block)
    return everything


def _compute(showers: Showers) -> dict[str, np.ndarray]:
    geometry = showers.geometry
    layers = range(geometry.n_layers)
    energies = showers.layer_energies
    total = energies.sum(1)
    values = {f"E_{i}": energies[:, i] / GEV for i in layers}
    values["E_tot"] = total / GEV
    values["response"] = ratio(total / GEV, showers.energy)
    for i in layers[1:]:
        values[f"u_{i}"] = ratio(energies[:, i - 1], energies[:, i - 1 :].sum(1))
    values |= _depth_values(energies)
    images = geometry.images(showers.voxels)
    brightest = [_brightest(showers.voxels[:, layer]) for layer in geometry.slices]
    for k in range(1, BRIGHTEST + 1):
        for i in layers:
            values[f"brightest_{k}_{i}"] = ratio(brightest[i][:, k - 1], energies[:, i])
    for i in layers:
        first, second = brightest[i][:, 0], brightest[i][:, 1]
        values[f"E_ratio_{i}"] = ratio(first - second, first + second)
    for i in layers:
        filled = np.count_nonzero(showers.voxels[:, geometry.slices[i]], axis=1)
        values[f"sparsity_{i}"] = filled / prod(geometry.shapes[i])
    moments = [_moments(geometry, i, images[i], energies[:, i]) for i in layers]
    for k, name in enumerate(("phi", "eta", "sigma", "sigma_eta")):
        values |= {f"{name}_{i}": moments[i][k] for i in layers}
    for i, j in combinations(layers, 2):
        values[f"phi_{i}-phi_{j}"] = values[f"phi_{i}"] - values[f"phi_{j}"]
    return values


def resolved_MeV(geometry: Geometry) -> float:
    """The smallest energy that the readout resolves."""
    return max(geometry.threshold_MeV, RESOLVED_MEV)


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide, with 0 where the denominator is 0."""
    denominator = np.broadcast_to(denominator, np.shape(numerator))
    return np.divide(
        numerator, denominator, out=np.zeros(denominator.shape), where=denominator != 0
    )


def bin_numbers(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Bin of each value; what lies below or above the edges belongs to the first or last bin."""
    return np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)


def histogram(
    values: np.ndarray, edges: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Histogram (n_bins,) and its variances; under- and overflow fill the first and last bin.

    >>> histogram(np.array([-5.0, 0.5, 2.0, 9.0]), np.array([0.0, 1.0, 2.0]))[0]
    array([2., 2.])
    """
    weights = np.ones(len(values)) if weights is None else weights
    bins, n_bins = bin_numbers(values, edges), len(edges) - 1
    return np.bincount(bins, weights, n_bins), np.bincount(bins, weights**2, n_bins)


def _depth_values(energies: np.ndarray) -> dict[str, np.ndarray]:
    n_layers = energies.shape[1]
    depth, total = np.arange(n_layers, dtype=np.float64), energies.sum(1)
    fractions = ratio(energies, total[:, None])
    mean = np.vecdot(fractions, depth)
    # Centred, so that no rounding makes the variance negative.
    variance = (fractions * (depth - mean[:, None]) ** 2).sum(1)
    return {f"f_{i}": fractions[:, i] for i in range(n_layers)} | {
        "l_d": np.vecdot(energies, depth),
        "s_d": mean,
        "sigma_sd": np.sqrt(variance),
        "max_depth": ((energies > 0) * depth).max(1).astype(np.float64),
    }


def _brightest(voxels: np.ndarray) -> np.ndarray:
    """Largest deposits (N, BRIGHTEST) in falling order, 0 where a layer has fewer voxels."""
    # Searching for the largest again and again is faster than partitioning rows full of zeros.
    left, rows = voxels.copy(), np.arange(len(voxels))
    falling = np.zeros((len(voxels), BRIGHTEST))
    for k in range(min(BRIGHTEST, voxels.shape[1])):
        largest = left.argmax(1)
        falling[:, k] = left[rows, largest]
        left[rows, largest] = -1
    return falling


def _moments(
    geometry: Geometry, layer: int, image: np.ndarray, energy: np.ndarray
) -> list[np.ndarray]:
    """Means in phi and eta, then standard deviations, of one layer (N, phi, eta), in mm."""
    shape = geometry.shapes[layer]
    phi, eta = (centres.reshape(shape) for centres in geometry.centres_mm(layer))
    means, widths = [], []
    for other, centres in ((2, phi[:, 0]), (1, eta[0])):
        shares = ratio(image.sum(other, dtype=np.float64), energy[:, None])
        # Not a matrix product: how that one rounds depends on the row.
        mean = np.vecdot(shares, centres)
        means.append(mean)
        widths.append(np.sqrt((shares * (centres - mean[:, None]) ** 2).sum(1)))
    return means + widths


def _by_layer(geometry: Geometry, first: tuple, inner: tuple, last: tuple) -> list[tuple]:
    """Published ranges of three layers; with another number of layers each has the first one."""
    return [first, inner, last] if geometry.n_layers == 3 else [first] * geometry.n_layers


def _energies(geometry: Geometry) -> list[Observable]:
    scale = geometry.energy_range_GeV[1] / 100
    powers = _by_layer(geometry, (-2, 2), (-1, 3), (-2, 2))
    logit = np.linspace(-7, 14, 100)
    return [
        *(
            Observable(
                name=f"E_{i}",
                label=f"$E_{{{i}}}$",
                unit="GeV",
                edges=scale * np.logspace(*power, 100),
                group="energies",
                layer=i,
                x_scale="log",
                resolution=resolved_MeV(geometry) / GEV,
            )
            for i, power in enumerate(powers)
        ),
        Observable(
            name="E_tot",
            label=r"$E_\mathrm{tot}$",
            unit="GeV",
            edges=scale * np.linspace(0, 120, 50),
            group="energies",
            log_y=True,
            resolution=resolved_MeV(geometry) / GEV,
        ),
        Observable(
            name="response",
            label=r"$E_\mathrm{tot}/E_\mathrm{inc}$",
            unit="",
            edges=np.linspace(0, 1.2, 121),
            group="energies",
            log_y=True,
        ),
        # Showers that hardly leave the last layers have u close to 1: bins even in logit u.
        *(
            Observable(
                name=f"u_{i}",
                label=f"$u_{{{i}}}$",
                unit="",
                edges=1 / (1 + np.exp(-logit)),
                group="energies",
                x_scale="logit",
            )
            for i in range(1, geometry.n_layers)
        ),
    ]


def _depth(geometry: Geometry) -> list[Observable]:
    scale = geometry.energy_range_GeV[1] / 100
    span = max(geometry.n_layers - 1, 1) / 2
    powers = _by_layer(geometry, (-4, 0), (-1, 0), (-4, 1))
    return [
        *(
            Observable(
                name=f"f_{i}",
                label=rf"$E_{{{i}}}/E_\mathrm{{tot}}$",
                unit="",
                edges=np.logspace(*power, 100),
                group="depth",
                layer=i,
                x_scale="log",
                resolution=resolved_MeV(geometry) / (geometry.energy_range_GeV[1] * GEV),
            )
            for i, power in enumerate(powers)
        ),
        Observable(
            name="l_d",
            label="$l_d$",
            unit="MeV",
            edges=scale * span * np.logspace(1, 5, 100),
            group="depth",
            x_scale="log",
            resolution=resolved_MeV(geometry),
        ),
        Observable(
            name="s_d",
            label="$s_d$",
            unit="",
            edges=span * np.linspace(0.4, 2, 100),
            group="depth",
        ),
        Observable(
            name="sigma_sd",
            label=r"$\sigma_{s_d}$",
            unit="",
            edges=span * np.linspace(0, 0.9, 100),
            group="depth",
        ),
        Observable(
            name="max_depth",
            label="maximum depth",
            unit="",
            edges=np.arange(geometry.n_layers + 1.0),
            group="depth",
            log_y=True,
        ),
    ]


def _shape(geometry: Geometry) -> list[Observable]:
    layers = range(geometry.n_layers)
    return [
        *(
            Observable(
                name=f"brightest_{k}_{i}",
                label=f"$E_{{({k}),{i}}}/E_{{{i}}}$",
                unit="",
                edges=np.linspace(0, 1 / k, 100),
                group="shape",
                layer=i,
                shown=k <= BRIGHTEST_SHOWN,
            )
            for k in range(1, BRIGHTEST + 1)
            for i in layers
        ),
        *(
            Observable(
                name=f"E_ratio_{i}",
                label=rf"$E_{{\mathrm{{ratio}},{i}}}$",
                unit="",
                edges=np.linspace(0, 1, 100),
                group="shape",
                layer=i,
            )
            for i in layers
        ),
        *(
            Observable(
                name=f"sparsity_{i}",
                label=f"sparsity, layer {i}",
                unit="",
                edges=np.linspace(0, 1, 20),
                group="shape",
                layer=i,
            )
            for i in layers
        ),
    ]


def _centroids(geometry: Geometry) -> list[Observable]:
    layers = range(geometry.n_layers)
    widths = _by_layer(geometry, (0, 3), (0, 2), (0, 3))
    half = geometry.extent_mm / 2
    return [
        *(
            Observable(
                name=f"{name}_{i}",
                label=rf"$\langle\{name}\rangle_{{{i}}}$",
                unit="mm",
                edges=np.linspace(-half, half, 97),
                group="centroids",
                layer=i,
                log_y=True,
            )
            for name in ("phi", "eta")
            for i in layers
        ),
        *(
            Observable(
                name=f"{name}_{i}",
                label=rf"$\sigma_{{\{axis},{i}}}$",
                unit="mm",
                edges=np.logspace(*power, 100),
                group="centroids",
                layer=i,
                x_scale="log",
                resolution=2 * geometry.extent_mm / geometry.shapes[i][k] / np.sqrt(12),
            )
            for k, (name, axis) in enumerate((("sigma", "phi"), ("sigma_eta", "eta")))
            for i, power in enumerate(widths)
        ),
        *(
            Observable(
                name=f"phi_{i}-phi_{j}",
                label=rf"$\langle\phi\rangle_{{{i}}}-\langle\phi\rangle_{{{j}}}$",
                unit="mm",
                edges=np.linspace(-half, half, 50),
                group="centroids",
                log_y=True,
            )
            for i, j in combinations(layers, 2)
        ),
    ]
