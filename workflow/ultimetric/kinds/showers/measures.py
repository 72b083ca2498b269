"""Quantities from which several observables of a shower are computed, once per block."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ultimetric.kinds.showers.geometry import Geometry

BRIGHTEST = 5


@dataclass(frozen=True)
class Measures:
    """Measures of a block of N showers; those of a shower do not depend on the others.

    It does not refer to the block, so that the block can be freed.

    Arguments:
        geometry: The detector.
        voxels: Deposits (N, n_voxels) in MeV.
        energies: Layer energies (N, n_layers) in MeV, float64.
    """

    geometry: Geometry
    voxels: np.ndarray
    energies: np.ndarray

    @cached_property
    def total(self) -> np.ndarray:
        """All deposits (N,) in MeV."""
        return self.energies.sum(1)

    @cached_property
    def fractions(self) -> np.ndarray:
        """The share of each layer in all deposits (N, n_layers)."""
        return ratio(self.energies, self.total[:, None])

    @property
    def layers(self) -> np.ndarray:
        """The numbers of the layers (n_layers,), float64."""
        return np.arange(self.energies.shape[1], dtype=np.float64)

    @cached_property
    def depth(self) -> np.ndarray:
        """Energy-weighted mean of the layer number (N,)."""
        return np.vecdot(self.fractions, self.layers)

    @cached_property
    def brightest(self) -> list[np.ndarray]:
        """The largest deposits (N, BRIGHTEST) in MeV of each layer, in falling order."""
        return [_brightest(self.voxels[:, layer]) for layer in self.geometry.slices]

    @cached_property
    def filled(self) -> list[np.ndarray]:
        """The number of voxels with a deposit (N,) in each layer."""
        slices = self.geometry.slices
        return [np.count_nonzero(self.voxels[:, layer], axis=1) for layer in slices]

    @cached_property
    def moments(self) -> dict[int, list[np.ndarray]]:
        """Means in both coordinates, then standard deviations (N,), in mm, by the place of the
        layer; without layers of whole rings.
        """
        images = self.geometry.images(self.voxels)
        return {
            k: _moments(self.geometry.grids[k].profiles(images[k]), self.energies[:, k])
            for k in self.geometry.located
        }

    @cached_property
    def radial(self) -> list[list[np.ndarray]]:
        """Mean and standard deviation (N,) of the radius in mm, of each layer of polar cells."""
        images = self.geometry.images(self.voxels)
        found = []
        for k, grid in enumerate(self.geometry.grids):
            edges = grid.edges()[1]
            rings = images[k].sum(1, dtype=np.float64), (edges[1:] + edges[:-1]) / 2
            found.append(_moments([rings], self.energies[:, k]))
        return found


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """The ratio of two arrays, 0 where the denominator is 0."""
    denominator = np.broadcast_to(denominator, np.shape(numerator))
    return np.divide(
        numerator, denominator, out=np.zeros(denominator.shape), where=denominator != 0
    )


def _brightest(voxels: np.ndarray) -> np.ndarray:
    """The largest deposits (N, BRIGHTEST) in falling order, 0 if a layer has fewer voxels."""
    # Searching for the largest again and again is faster than partitioning rows full of zeros.
    left, rows = voxels.copy(), np.arange(len(voxels))
    falling = np.zeros((len(voxels), BRIGHTEST))
    for k in range(min(BRIGHTEST, voxels.shape[1])):
        largest = left.argmax(1)
        falling[:, k] = left[rows, largest]
        left[rows, largest] = -1
    return falling


def _moments(
    profiles: list[tuple[np.ndarray, np.ndarray]], energy: np.ndarray
) -> list[np.ndarray]:
    """Means in each coordinate, then standard deviations (N,), in mm, of one layer.

    Arguments:
        profiles: Its deposits (N, K) in MeV and their places (K,) in mm, for each coordinate.
        energy: The sums of deposits (N,) in MeV.
    """
    means, widths = [], []
    for deposits, places in profiles:
        shares = ratio(deposits, energy[:, None])
        # Not a matrix product, whose rounding would depend on the row.
        mean = np.vecdot(shares, places)
        means.append(mean)
        widths.append(np.sqrt((shares * (places - mean[:, None]) ** 2).sum(1)))
    return means + widths
